/** Owns many guests in processes of their own, so that a broker's figures are the broker's. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { agentPath, type Crew, monitorPath, type News, type Order, type Sizes } from "./messages.ts";

const program = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** How demands of one moment were answered. */
export type Answers = News & { readonly kind: "answered" };

export class Crowd {
  readonly #crew: Crew;
  readonly #agents = fork(program("agents.ts"));
  readonly #qemus = [fork(program("qemus.ts")), fork(program("qemus.ts"))];

  private constructor(crew: Crew) {
    this.#crew = crew;
  }

  /** Starts the guests; resolves when all sockets can be connected to. */
  static async start(crew: Crew): Promise<Crowd> {
    const crowd = new Crowd(crew);
    await crowd.#begin();
    return crowd;
  }

  /** The guests as a broker's config names them. */
  get guests(): { name: string; qmpPath: string; agentPath: string }[] {
    const { folder, first, count } = this.#crew;
    return Array.from({ length: count }, (_, i) => ({
      name: `guest${first + i}`,
      qmpPath: monitorPath(folder, first + i),
      agentPath: agentPath(folder, first + i),
    }));
  }

  /** These guests demand more at once; resolves with how they were answered. */
  async demand(guests: readonly number[], needBytes: number): Promise<Answers> {
    const answered = nextOf(this.#agents, "answered");
    this.#agents.send({ kind: "demand", guests, needBytes } satisfies Order);
    return (await answered) as Answers;
  }

  /** Guests use more or less from now on. */
  use(uses: Sizes): void {
    for (const process of [this.#agents, ...this.#qemus]) process.send({ kind: "use", uses } satisfies Order);
  }

  /** These guests' agents and QEMUs hang up; the broker connects anew. */
  hangUp(guests: readonly number[]): void {
    for (const process of [this.#agents, ...this.#qemus])
      process.send({ kind: "hang-up", guests } satisfies Order);
  }

  /** Ends all guests. */
  async stop(): Promise<void> {
    const ended = [this.#agents, ...this.#qemus].map(async (process) => {
      if (process.connected) process.disconnect();
      if (process.exitCode === null && process.signalCode === null) await once(process, "exit");
    });
    await Promise.all(ended);
  }

  async #begin(): Promise<void> {
    const { first, count } = this.#crew;
    const half = Math.ceil(count / 2);
    const halves = [
      { ...this.#crew, count: half },
      { ...this.#crew, first: first + half, count: count - half },
    ];
    for (const process of this.#qemus) process.on("message", (news: News) => this.#onNews(news));
    await Promise.all([
      startOn(this.#agents, this.#crew),
      ...this.#qemus.map((process, i) => startOn(process, halves[i] ?? this.#crew)),
    ]);
  }

  /** An agent sees what its guest's balloon did. */
  #onNews(news: News): void {
    if (news.kind === "sizes" && this.#agents.connected) this.#agents.send(news satisfies Order);
  }
}

async function startOn(process: ChildProcess, crew: Crew): Promise<void> {
  const ready = nextOf(process, "ready");
  process.send({ kind: "start", ...crew } satisfies Order);
  await ready;
}

/** The next news of a kind; rejects when the process ends before. */
function nextOf(process: ChildProcess, kind: News["kind"]): Promise<News> {
  return new Promise((resolve, reject) => {
    const onEnd = () => reject(new Error("a process of guests has ended: what it printed says why"));
    const onNews = (news: News) => {
      if (news.kind !== kind) return;
      process.off("message", onNews);
      process.off("exit", onEnd);
      resolve(news);
    };
    process.on("message", onNews);
    process.once("exit", onEnd);
  });
}
