/** `ballast guest-names`, for completions: the guests' names, one a line. Loads next to nothing, and is silent where no broker answers. */
import { isGuestName } from "../../model/inventory.ts";
import { ask, readAnswer } from "../client/exchange.ts";

/** A person waits at the keyboard. */
const PATIENCE_MS = 1_000;

/** The names of all guests; none where the broker is away, slow, or is none. Never rejects. */
export async function guestNames(socketPath: string): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, []);
  });
  try {
    return await Promise.race([askNames(socketPath), late]);
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

async function askNames(socketPath: string): Promise<string[]> {
  const answer = await ask(socketPath, { method: "GET", path: "/v1/status" });
  const untrusted: unknown = JSON.parse(await readAnswer(socketPath, answer));
  const guests = fieldOf(untrusted, "guests");
  if (!Array.isArray(guests)) return [];
  return guests
    .map((guest: unknown) => fieldOf(guest, "name"))
    .filter((name): name is string => typeof name === "string" && isGuestName(name));
}

function fieldOf(untrusted: unknown, name: string): unknown {
  return typeof untrusted === "object" && untrusted !== null
    ? (untrusted as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
