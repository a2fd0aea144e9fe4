/** Talks to the broker over its control socket. */
import { type IncomingMessage, request } from "node:http";
import { BrokerRefusedError, BrokerUnreachableError } from "../../exit.ts";
import { harmlessText } from "../../model/foreign-text.ts";
import { LineSplitter } from "./line-splitter.ts";

const ANSWER_TIMEOUT_MS = 10_000;
/** The status of a thousand guests is about 1 MiB. */
const LONGEST_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * Every method rejects with {@link BrokerUnreachableError} when no broker answers,
 * and with {@link BrokerRefusedError} when the answer is an error.
 */
export class ControlClient {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** The shape `T` is what `/v1` promises; a broker of another version may break it. */
  async get<T extends object>(path: string): Promise<T> {
    return this.#answer<T>(await this.#send("GET", path));
  }

  async post<T extends object>(path: string, body: object): Promise<T> {
    return this.#answer<T>(await this.#send("POST", path, JSON.stringify(body)));
  }

  /** Hands each line to `onLine` until `signal` stops it; rejects when the broker ends the stream. */
  async follow<T extends object>(
    path: string,
    onLine: (value: T) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const response = await this.#send("GET", path);
    if (response.statusCode !== 200) await this.#answer(response);
    const stop = () => response.destroy();
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    const lines = new LineSplitter();
    try {
      for await (const chunk of response.setEncoding("utf8")) {
        for (const line of lines.push(String(chunk))) onLine(this.#parse<T>(line));
      }
    } catch (error) {
      if (!signal.aborted) throw this.#unreachable(error);
    } finally {
      signal.removeEventListener("abort", stop);
    }
    if (!signal.aborted)
      throw new BrokerUnreachableError("the broker ended the stream: it was stopped or restarted");
  }

  #send(method: string, path: string, body?: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers =
        body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      const sent = request({ socketPath: this.#socketPath, path, method, headers, agent: false });
      const late = setTimeout(() => sent.destroy(new Error("ETIMEDOUT")), ANSWER_TIMEOUT_MS);
      sent.on("error", (error) => {
        clearTimeout(late);
        reject(this.#unreachable(error));
      });
      sent.on("response", (response) => {
        clearTimeout(late);
        resolve(response);
      });
      sent.end(body);
    });
  }

  async #answer<T extends object>(response: IncomingMessage): Promise<T> {
    const value = this.#parse<T & { error?: { code?: string; message?: string } }>(
      await this.#read(response),
    );
    if (response.statusCode === 200) return value;
    const { code = "unknown", message = `the broker answered with HTTP status ${response.statusCode}` } =
      value.error ?? {};
    throw new BrokerRefusedError(code, message);
  }

  async #read(response: IncomingMessage): Promise<string> {
    let text = "";
    const late = setTimeout(() => response.destroy(new Error("ETIMEDOUT")), ANSWER_TIMEOUT_MS);
    try {
      for await (const chunk of response.setEncoding("utf8")) {
        text += chunk;
        if (text.length > LONGEST_ANSWER_BYTES) throw this.#nonsense();
      }
    } catch (error) {
      throw error instanceof BrokerRefusedError ? error : this.#unreachable(error);
    } finally {
      clearTimeout(late);
    }
    return text;
  }

  /** Guests can influence some texts, so control characters are removed here. */
  #parse<T extends object>(text: string): T {
    try {
      const value: unknown = JSON.parse(text, (_key, inner) =>
        typeof inner === "string" ? harmlessText(inner) : inner,
      );
      if (typeof value === "object" && value !== null) return value as T;
    } catch {
      throw this.#nonsense();
    }
    throw this.#nonsense();
  }

  #nonsense(): BrokerRefusedError {
    return new BrokerRefusedError(
      "nonsense",
      `${this.#socketPath} is not served by ballastd, or by a different version`,
    );
  }

  #unreachable(error: unknown): BrokerUnreachableError {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const text = `no ballastd answers on ${this.#socketPath}: ${UNREACHABLE_TEXTS[code] ?? OTHER_TEXT}`;
    return new BrokerUnreachableError(text, { cause: error });
  }
}

const START = "start ballastd, or name its socket with --socket";
const OTHER_TEXT = "it does not answer; its log says more";
const UNREACHABLE_TEXTS: Readonly<Record<string, string>> = {
  ENOENT: `there is no such socket; ${START}`,
  ECONNREFUSED: `the socket is there but nobody listens; ${START}`,
  ENOTSOCK: "this is not a socket; name the right one with --socket",
  EACCES: "you may not use it; run as root or join the socket's group",
  EPERM: "you may not use it; run as root or join the socket's group",
  ECONNRESET: "it ended in the middle of the answer; look whether it is being restarted",
};
