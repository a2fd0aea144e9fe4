/** Checks the certificate, key and tokens for agents over WebSocket. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { Config, WebSocketSettings } from "../../config/config.ts";
import { readTokens } from "../../config/tokens/token-store.ts";
import type { EnvironmentFinding } from "./finding.ts";

const DAY_MS = 24 * 3_600_000;
const SOON_DAYS = 14;
const READABLE_BY_OTHERS = 0o004;

export async function checkWebSocket({ websocket, guests }: Config): Promise<readonly EnvironmentFinding[]> {
  if (websocket === undefined) return [];
  const names = guests.map(({ name }) => name);
  return [
    { check: "certificate for agents", ...(await lookAtCertificate(websocket.tls)) },
    { check: "tokens of agents", ...(await lookAtTokens(websocket.tokensPath, names)) },
  ];
}

type Answer = Omit<EnvironmentFinding, "check">;

async function lookAtCertificate(tls: WebSocketSettings["tls"]): Promise<Answer> {
  if (tls === undefined) return { level: "warn", text: "none: agents' tokens can be read on the way" };
  try {
    const certificate = new X509Certificate(await readFile(tls.certPath));
    const isPair = certificate.checkPrivateKey(createPrivateKey(await readFile(tls.keyPath)));
    if (!isPair) return { level: "fail", text: `${tls.keyPath} is not the key of ${tls.certPath}` };
    const isOpen = ((await stat(tls.keyPath)).mode & READABLE_BY_OTHERS) !== 0;
    if (isOpen) return { level: "warn", text: `${tls.keyPath} can be read by other users: chmod 600` };
    return lookAtEnd(certificate, tls.certPath);
  } catch (error) {
    return { level: "fail", text: `${tls.certPath}, ${tls.keyPath}: ${words(error)}` };
  }
}

function lookAtEnd({ validTo }: X509Certificate, path: string): Answer {
  const days = Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS);
  if (days < 0) return { level: "fail", text: `${path} expired on ${validTo}: renew it, then SIGHUP` };
  const level = days < SOON_DAYS ? "warn" : "ok";
  return { level, text: `${path} is valid until ${validTo}` };
}

async function lookAtTokens(path: string, guests: readonly string[]): Promise<Answer> {
  try {
    const tokens = await readTokens(path);
    if (tokens.length === 0)
      return { level: "warn", text: `${path} has none: issue one with \`ballast agent token GUEST\`` };
    const strangers = new Set(tokens.map(({ guest }) => guest).filter((name) => !guests.includes(name)));
    if (strangers.size > 0)
      return {
        level: "warn",
        text: `${path} has tokens for guests that are not configured: ${[...strangers].join(", ")}`,
      };
    return {
      level: "ok",
      text: `${path} has ${tokens.length} for ${new Set(tokens.map(({ guest }) => guest)).size} of the guests`,
    };
  } catch (error) {
    return { level: "fail", text: words(error) };
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
