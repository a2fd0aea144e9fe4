/** One question to the control socket and its answer over HTTP, asked again where the socket's queue was only full for a moment. */
import { type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { BrokerRefusedError, BrokerUnreachableError } from "../../exit.ts";

const ANSWER_TIMEOUT_MS = 10_000;
/** A second in all: a flood of connections, or a broker that is being started again, is over by then, or it is no passing trouble. */
const ATTEMPTS = 40;
const ATTEMPT_PAUSE_MS = 25;
/** Status of a thousand guests is about 1 MiB. */
const LONGEST_ANSWER_BYTES = 64 * 1024 * 1024;

/** A request to the control API. */
export interface Question {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  /** How long to wait for the begin of the answer, milliseconds; ten seconds if absent. */
  readonly patienceMs?: number;
}

/**
 * Resolves when the answer begins.
 * @throws {BrokerUnreachableError} when no broker answers, {BrokerRefusedError} when what answers does not speak HTTP.
 */
export async function ask(socketPath: string, question: Question): Promise<IncomingMessage> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await askOnce(socketPath, question);
    } catch (error) {
      if (!isPassing(error, question) || attempt >= ATTEMPTS) throw explain(socketPath, error);
    }
    await sleep(ATTEMPT_PAUSE_MS);
  }
}

/** The whole text of an answer; throws as {@link ask}. */
export async function readAnswer(socketPath: string, answer: IncomingMessage): Promise<string> {
  let text = "";
  const late = setTimeout(() => answer.destroy(new Error("ETIMEDOUT")), ANSWER_TIMEOUT_MS);
  try {
    for await (const chunk of answer.setEncoding("utf8")) {
      text += chunk;
      if (text.length > LONGEST_ANSWER_BYTES) throw notBallastd(socketPath, "its answer does not end");
    }
    return text;
  } catch (error) {
    throw explain(socketPath, error);
  } finally {
    clearTimeout(late);
  }
}

/** What answers is something else; `why` says by what that is known. */
export function notBallastd(socketPath: string, why: string): BrokerRefusedError {
  return new BrokerRefusedError(
    "not-ballastd",
    `${socketPath} is not served by ballastd, or by a different version: ${why}`,
  );
}

/** A failed exchange in words that tell the admin what to do. */
export function explain(socketPath: string, error: unknown): BrokerRefusedError | BrokerUnreachableError {
  if (error instanceof BrokerRefusedError) return error;
  const code = codeOf(error);
  // The HTTP parser's codes.
  if (code.startsWith("HPE_")) return notBallastd(socketPath, "it does not speak HTTP");
  const text = `no ballastd answers on ${socketPath}: ${UNREACHABLE_TEXTS[code] ?? OTHER_TEXT}`;
  return new BrokerUnreachableError(text, { cause: error });
}

function askOnce(
  socketPath: string,
  { method, path, body, patienceMs = ANSWER_TIMEOUT_MS }: Question,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined
        ? {}
        : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request({ socketPath, path, method, headers, agent: false });
    const late = setTimeout(() => sent.destroy(new Error("ETIMEDOUT")), patienceMs);
    sent.on("error", (error) => {
      clearTimeout(late);
      reject(error);
    });
    sent.on("response", (response) => {
      clearTimeout(late);
      resolve(response);
    });
    sent.end(body);
  });
}

/** The queue is full (EAGAIN), no program listens for a moment, or a question that changes nothing lost its place before it was heard. */
function isPassing(error: unknown, { method }: Question): boolean {
  const code = codeOf(error);
  if (code === "EAGAIN" || code === "ECONNREFUSED") return true;
  return method === "GET" && (code === "ECONNRESET" || code === "EPIPE");
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

const START = "start it (systemctl start ballastd), or name its socket with --socket";
const OTHER_TEXT = "it does not answer; its log says more (journalctl -u ballastd)";
const UNREACHABLE_TEXTS: Readonly<Record<string, string>> = {
  ENOENT: `there is no such socket; ${START}`,
  ECONNREFUSED: `the socket is there but no program listens; ${START}`,
  EAGAIN: "too many other clients wait for it; end them, or try again",
  ENOTSOCK: "this is not a socket; name the right one with --socket",
  EACCES: "you may not use it; run as root or join the socket's group",
  EPERM: "you may not use it; run as root or join the socket's group",
  ECONNRESET:
    "it ended in the middle of the answer; see whether it is being restarted (systemctl status ballastd)",
};
