/** Elements from names and properties. Text is always text: nothing here reads markup. */

type Attributes = Readonly<Record<string, string | number | boolean | undefined | (() => void)>>;
type Child = Node | string | null;

const svgNamespace = 'http://www.w3.org/2000/svg';

function fill<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** An element of the page; a function among the attributes listens to the event of its name. */
export const html = <K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] => fill(document.createElement(name), attributes, children);

/** An element of a drawing. Classes carry the colours, so that themes hold. */
export const svg = (name: string, attributes: Attributes = {}, ...children: Child[]): SVGElement =>
  fill(document.createElementNS(svgNamespace, name), attributes, children);
