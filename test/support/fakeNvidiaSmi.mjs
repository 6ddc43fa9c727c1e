// Stands in for nvidia-smi: answers --query-gpu with --loop-ms as it does, for the fields that FAKE_FIELDS names.
const option = (name) => process.argv.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
const [, field = ''] = (option('query-gpu') ?? '').split(',');
const known = (process.env.FAKE_FIELDS ?? 'power.draw').split(',');
if (process.env.FAKE_SECRETS === 'show' && process.env.JOULELENS_API_KEY !== undefined) {
  process.stdout.write('the key of the endpoint was handed over\n');
  process.exit(3);
}
if (!known.includes(field)) {
  process.stdout.write(`Field "${field}" is not a valid field to query.\n\n`);
  process.exit(2);
}
const ids = (option('id') ?? '0,1').split(',');
const print = () => {
  process.stdout.write(ids.map((id) => `${id}, ${100 + Number(id) * 50}.00 W`).join('\n') + '\n');
};
print();
setInterval(print, Number(option('loop-ms') ?? 100));
