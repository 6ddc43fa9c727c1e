/** Tokens and energy of one conversation under stated assumptions: what lenses, hovers and the command line show. */
import { priceConversation } from '../energy/accounting.js';
import { AssumptionError, resolveAssumptions } from '../energy/assumptions.js';
import { PhysicsError } from '../energy/physics.js';
import { priceStanding, type StandingEnergy } from '../energy/standing.js';
import type { PricerCache } from '../energy/pricerCache.js';
import { allTokens } from '../energy/requests.js';
import type { ReplyLengthTable } from '../energy/replyLength.js';
import type { Assumptions, ConversationEnergy, Profile } from '../energy/types.js';
import type { ConversationTokens } from '../tokens/countConversation.js';
import { conversationVariables } from '../transcript/fill/fillTemplate.js';
import type { Conversation, TemplateSyntax, Turn } from '../transcript/model.js';
import { isOnlyStanding } from './meaning.js';
import { turnText } from './messages.js';
import type { ModelChoice, ModelSettings } from './modelChoice.js';

/** What figures are computed under. A new object means new figures. */
export interface AnalysisSettings extends ModelSettings {
  readonly profile: Profile;
}

export interface ConversationFigures {
  /** As the file has it: places are those of the source. */
  readonly conversation: Conversation;
  /** What is counted and sent: the conversation itself where no template was filled in. */
  readonly content: Conversation;
  /** Null for a conversation without placeholders. */
  readonly template: TemplateUse | null;
  /** What it costs over many requests; null for a conversation of its own and where `energy` is. */
  readonly standing: StandingEnergy | null;
  readonly choice: ModelChoice;
  readonly tokens: ConversationTokens;
  /** Null when the deployment cannot be: `error` says why. */
  readonly assumptions: Assumptions | null;
  /** Null when it cannot be computed: `error` says why. Computed when first read. */
  readonly energy: ConversationEnergy | null;
  /** One clear line: weights that do not fit, fields that contradict each other. */
  readonly error: string | null;
}

/** How a template's placeholders were counted. */
export interface TemplateUse {
  readonly syntax: TemplateSyntax;
  /** Names that its texts take, in the order of reading. */
  readonly variables: readonly string[];
  /** `as written`, `sample: NAME` or the name of a file with values. */
  readonly filled: string;
}

/** A conversation and its content with the values that were chosen. */
export interface CountedContent {
  readonly conversation: Conversation;
  readonly content: Conversation;
  readonly filled: string;
}

interface Priced {
  readonly assumptions: Assumptions | null;
  readonly energy: ConversationEnergy | null;
  readonly standing: StandingEnergy | null;
  readonly error: string | null;
}

/** @throws nothing: what cannot be figured is in `error`. */
export const conversationFigures = (
  counted: CountedContent,
  tokens: ConversationTokens,
  choice: ModelChoice,
  settings: AnalysisSettings,
  lengths: ReplyLengthTable,
  pricers: PricerCache,
): ConversationFigures =>
  new LazyFigures(counted, tokens, choice, () =>
    priceSafely(counted.content, tokens, choice, settings, lengths, pricers),
  );

/** A class, whose getters are made once: see `energyFigure.ts`. */
class LazyFigures implements ConversationFigures {
  readonly conversation: Conversation;
  readonly content: Conversation;
  readonly #filled: string;
  readonly #makePriced: () => Priced;
  #priced: Priced | undefined;

  constructor(
    { conversation, content, filled }: CountedContent,
    readonly tokens: ConversationTokens,
    readonly choice: ModelChoice,
    price: () => Priced,
  ) {
    this.conversation = conversation;
    this.content = content;
    this.#filled = filled;
    this.#makePriced = price;
  }

  get template(): TemplateUse | null {
    const syntax = this.conversation.template?.syntax;
    return syntax ? { syntax, variables: conversationVariables(this.conversation), filled: this.#filled } : null;
  }

  get standing(): StandingEnergy | null {
    return this.#price().standing;
  }

  get assumptions(): Assumptions | null {
    return this.#price().assumptions;
  }

  get energy(): ConversationEnergy | null {
    return this.#price().energy;
  }

  get error(): string | null {
    return this.#price().error;
  }

  #price(): Priced {
    return (this.#priced ??= this.#makePriced());
  }
}

function lastUserTurn({ turns }: Conversation): Turn | undefined {
  for (let index = turns.length - 1; index >= 0; index--) if (turns[index]!.role === 'user') return turns[index];
  return undefined;
}

function priceSafely(
  conversation: Conversation,
  tokens: ConversationTokens,
  choice: ModelChoice,
  settings: AnalysisSettings,
  lengths: ReplyLengthTable,
  pricers: PricerCache,
): Priced {
  let assumptions: Assumptions | null = null;
  try {
    const sum = tokens.turns.reduce((all, turn) => all + allTokens(turn), 0);
    assumptions = resolveAssumptions(settings.profile, choice.model, { longestSequence: sum + tokens.pendingLead });
    const lastUser = lastUserTurn(conversation);
    const expectsReply = !isOnlyStanding(conversation);
    const pricer = pricers(assumptions, choice.model);
    const energy = priceConversation({
      turns: conversation.turns.map(({ role }, index) => ({ role, tokens: tokens.turns[index]! })),
      pendingLead: expectsReply ? tokens.pendingLead : 0,
      expectsReply,
      assumptions,
      model: choice.model,
      pricer,
      lengths,
      parameters: conversation.parameters,
      ...(lastUser ? { lastUserText: turnText(lastUser) } : {}),
    });
    return { assumptions, energy, standing: conversation.standing ? priceStanding(pricer, sum) : null, error: null };
  } catch (error) {
    if (error instanceof PhysicsError || error instanceof AssumptionError) {
      return { assumptions, energy: null, standing: null, error: error.message };
    }
    throw error;
  }
}
