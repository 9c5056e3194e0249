import type { Clock } from "../base/clock.ts";
import { check, ForetasteError } from "../base/errors.ts";
import type { Store, StoredEvent } from "../store/store.ts";
import type { EventInput, EventsAnswer, HealthAnswer, RecommendationsAnswer } from "./contract.ts";
import { toHistory } from "./history.ts";
import type { Recommender } from "./recommender.ts";

/** Events of one person that the model sees; older ones no longer count, and may be recommended again. */
const historyLimit = 1000;

export interface ServiceParts {
  readonly store: Store;
  readonly recommender: Recommender;
  readonly clock: Clock;
  /** Makes ids of events that come without one; must never give the same twice, whoever else runs. */
  readonly newId: () => string;
}

/** What the service does, free of HTTP. */
export interface Service {
  /** @throws ForetasteError `REQUEST` when a value is missing or off the model's scale; nothing is stored then. */
  addEvents(inputs: readonly EventInput[]): Promise<EventsAnswer>;
  /** Recommends from the events stored up to this moment; somebody unknown gets what a stranger gets. */
  recommend(user: string, n: number): Promise<RecommendationsAnswer>;
  /** Rejects while the store cannot answer. */
  ready(): Promise<HealthAnswer>;
}

export function createService(parts: ServiceParts): Service {
  const { store, recommender, clock } = parts;
  return {
    async addEvents(inputs) {
      const events = inputs.map((input, at) => toStored(input, at, parts));
      const appended = await store.appendEvents(events);
      return { ...appended, ids: events.map((event) => event.id) };
    },
    async recommend(user, n) {
      const history = toHistory(await store.historyOf(user, historyLimit), recommender.scale);
      const exclude = new Set(history.map((event) => event.item));
      const time = clock.now() / 1000;
      const items = await recommender.recommend({ history, n, time, exclude });
      return { user, model: recommender.modelId, events: history.length, items };
    },
    async ready() {
      await store.getItem("");
      return { status: "ok", model: recommender.modelId };
    },
  };
}

function toStored(input: EventInput, at: number, { clock, newId, recommender }: ServiceParts): StoredEvent {
  checkValue(input, at, recommender);
  const { id = newId(), user, item, type, time = clock.now() / 1000 } = input;
  return { id, user, item, type, time, ...(input.value === undefined ? {} : { value: input.value }) };
}

function checkValue({ type, value }: EventInput, at: number, { scale }: Recommender): void {
  const where = `[${at}].value`;
  const expected = `a number from ${scale.min} to ${scale.max}, the scale of the model`;
  if (value === undefined) {
    if (type !== "rate") return;
    throw new ForetasteError("REQUEST", { where, expected, got: "nothing", hint: "Or use type like." });
  }
  const fits = value >= scale.min && value <= scale.max;
  check(fits, "REQUEST", () => ({ where, expected, got: String(value) }));
}
