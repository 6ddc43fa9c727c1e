/** Tokens and energy of one conversation under stated assumptions: what lenses, hovers and the command line show. */
import { priceConversation } from '../energy/accounting.js';
import { AssumptionError, resolveAssumptions } from '../energy/assumptions.js';
import { PhysicsError } from '../energy/physics.js';
import type { PricerCache } from '../energy/pricerCache.js';
import { allTokens } from '../energy/requests.js';
import type { ReplyLengthTable } from '../energy/replyLength.js';
import type { Assumptions, ConversationEnergy, Profile } from '../energy/types.js';
import type { ConversationTokens } from '../tokens/countConversation.js';
import type { Conversation, Turn } from '../transcript/model.js';
import { turnText } from './messages.js';
import type { ModelChoice, ModelSettings } from './modelChoice.js';

/** What figures are computed under. A new object means new figures. */
export interface AnalysisSettings extends ModelSettings {
  readonly profile: Profile;
}

export interface ConversationFigures {
  readonly conversation: Conversation;
  readonly choice: ModelChoice;
  readonly tokens: ConversationTokens;
  /** Null when the deployment cannot be: `error` says why. */
  readonly assumptions: Assumptions | null;
  /** Null when it cannot be computed: `error` says why. Computed when first read. */
  readonly energy: ConversationEnergy | null;
  /** One clear line: weights that do not fit, fields that contradict each other. */
  readonly error: string | null;
}

/** @throws nothing: what cannot be figured is in `error`. */
export function conversationFigures(
  conversation: Conversation,
  tokens: ConversationTokens,
  choice: ModelChoice,
  settings: AnalysisSettings,
  lengths: ReplyLengthTable,
  pricers: PricerCache,
): ConversationFigures {
  let priced: { assumptions: Assumptions | null; energy: ConversationEnergy | null; error: string | null } | undefined;
  const price = () => (priced ??= priceSafely(conversation, tokens, choice, settings, lengths, pricers));
  return {
    conversation,
    choice,
    tokens,
    get assumptions() {
      return price().assumptions;
    },
    get energy() {
      return price().energy;
    },
    get error() {
      return price().error;
    },
  };
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
) {
  let assumptions: Assumptions | null = null;
  try {
    const sum = tokens.turns.reduce((all, turn) => all + allTokens(turn), 0);
    assumptions = resolveAssumptions(settings.profile, choice.model, { longestSequence: sum + tokens.pendingLead });
    const lastUser = lastUserTurn(conversation);
    const energy = priceConversation({
      turns: conversation.turns.map(({ role }, index) => ({ role, tokens: tokens.turns[index]! })),
      pendingLead: tokens.pendingLead,
      assumptions,
      model: choice.model,
      pricer: pricers(assumptions, choice.model),
      lengths,
      parameters: conversation.parameters,
      ...(lastUser ? { lastUserText: turnText(lastUser) } : {}),
    });
    return { assumptions, energy, error: null };
  } catch (error) {
    if (error instanceof PhysicsError || error instanceof AssumptionError) {
      return { assumptions, energy: null, error: error.message };
    }
    throw error;
  }
}
