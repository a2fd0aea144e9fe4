/** The fleet's bucket: a key-value store of NATS JetStream with one key a host, so that a newcomer sees all hosts at once. */
import { readFile } from "node:fs/promises";
import { type KV, Kvm } from "@nats-io/kv";
import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import type { FleetSettings } from "../model/fleet.ts";
import { LONGEST_SUMMARY_BYTES } from "./read-summary.ts";

const BUCKET = "ballast_hosts";
/** A host that is silent for longer is forgotten. */
const KEPT_MS = 3_600_000;
const CONNECT_TIMEOUT_MS = 5_000;
const PING_MS = 10_000;

/** Why the fleet cannot be reached, with what to do in words for the admin. */
export class FleetError extends Error {
  readonly code = "FLEET_UNREACHABLE";

  constructor(servers: readonly string[], cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      `fleet: ${servers.join(", ")} cannot be used: ${why}; look whether NATS runs there with JetStream on`,
      {
        cause,
      },
    );
    this.name = "FleetError";
  }
}

export interface FleetBucket {
  readonly connection: NatsConnection;
  readonly values: KV;
}

/** @throws {FleetError} */
export async function openBucket(settings: FleetSettings): Promise<FleetBucket> {
  const { servers, credentialsPath, caPath } = settings;
  let connection: NatsConnection | undefined;
  try {
    connection = await connect({
      servers: [...servers],
      name: "ballast",
      timeout: CONNECT_TIMEOUT_MS,
      pingInterval: PING_MS,
      // The server may be away for days.
      maxReconnectAttempts: -1,
      ...(credentialsPath !== undefined && {
        authenticator: credsAuthenticator(await readFile(credentialsPath)),
      }),
      ...(caPath !== undefined && { tls: { ca: await readFile(caPath, "utf8") } }),
    });
    const options = { history: 1, ttl: KEPT_MS, maxValueSize: LONGEST_SUMMARY_BYTES };
    return { connection, values: await new Kvm(connection).create(BUCKET, options) };
  } catch (error) {
    await connection?.close();
    throw new FleetError(servers, error);
  }
}

/** A host's key: NATS takes letters, digits and `-/_=.` in it. */
export function keyOf(host: string): string {
  return Buffer.from(host).toString("base64url");
}
