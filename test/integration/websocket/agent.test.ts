/** The real agent and the real `ballastd` over WebSocket and TLS: sessions, tokens, certificates, and what each side says. */
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { TestAuthority } from "../../fakes/test-authority.ts";
import { Stage, says } from "./stage.ts";

const PACKAGING_MS = 120_000;
vi.setConfig({ testTimeout: 60_000 });

beforeAll(() => packagedAgent(), PACKAGING_MS);

describe("an agent over WebSocket", () => {
  it("with a token of its guest is accepted, and status says how", async () => {
    const stage = await Stage.open();
    await stage.issueToken("web1");
    const output = await stage.goodAgent("web1");
    const status = await stage.heard("web1");
    expect(status.agent).toEqual({
      connected: true,
      transport: "websocket",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      reportAgeMs: expect.any(Number),
    });
    expect((await stage.broker.guest("db1")).agent.connected).toBe(false);
    const token = readFileSync(join(stage.folder, "web1.token"), "utf8");
    const kept = readFileSync(join(stage.folder, "tokens.yaml"), "utf8");
    for (const text of [output(), stage.broker.logText(), kept]) expect(text).not.toContain(token);
  });

  it("trusts a pinned certificate, whatever signed it and whatever name it has", async () => {
    const stage = await Stage.open("DNS:elsewhere.example");
    const file = stage.tokenFile("web1");
    const pin = ["--fingerprint", stage.certificate.fingerprint];
    await stage.agent(["--url", stage.url, "--token-file", file, ...pin]);
    await stage.heard("web1");
  });

  it("comes back by itself when the broker was away", async () => {
    const stage = await Stage.open();
    const output = await stage.goodAgent("web1");
    await stage.heard("web1");
    await stage.broker.stop();
    await says(output, /session ended/);
    await stage.broker.restart();
    await stage.heard("web1");
  });

  it("may have a new token without a restart, and the old one is revoked", async () => {
    const stage = await Stage.open();
    const output = await stage.goodAgent("web1");
    await stage.heard("web1");
    const [old] = JSON.parse((await stage.command("tokens", "--json")).out).tokens as { id: string }[];
    await stage.issueToken("web1");
    expect((await stage.command("revoke", "web1", old?.id ?? "")).out).toMatch(/^revoked: [0-9a-f]{8};/);
    await says(output, /does not accept this token any more/);
    await stage.told(/token was revoked/);
    await stage.heard("web1");
    expect((await stage.command("tokens")).out.split("\n")).toHaveLength(3);
    expect(await stage.command("revoke", "web1", old?.id ?? "")).toMatchObject({ code: 2, out: "" });
  });
});

describe("an agent that does not trust the host says so", () => {
  it("with an authority that did not sign the certificate", async () => {
    const stage = await Stage.open();
    const file = stage.tokenFile("web1");
    const { caPath } = new TestAuthority(stage.folder, "other");
    const output = await stage.agent(["--url", stage.url, "--token-file", file, "--ca", caPath]);
    await says(
      output,
      /is not signed by an authority that this agent trusts .*: give --ca FILE, or --fingerprint/,
    );
    await stage.told(/no TLS connection came about/);
  });

  it("with another certificate than the pinned one", async () => {
    const stage = await Stage.open();
    const file = stage.tokenFile("web1");
    const pin = ["--fingerprint", stage.authority.issue("other").fingerprint];
    const output = await stage.agent(["--url", stage.url, "--token-file", file, ...pin]);
    await says(output, /shows another certificate \(sha256:[0-9a-f]{64}\) than --fingerprint names/);
    expect((await stage.broker.guest("web1")).agent.connected).toBe(false);
  });

  it("with a certificate for another name", async () => {
    const stage = await Stage.open("DNS:elsewhere.example");
    const output = await stage.goodAgent("web1");
    await says(output, /is for another name: write that name in --url/);
  });

  it("with a certificate that has expired", async () => {
    const stage = await Stage.open(undefined, -1);
    const output = await stage.goodAgent("web1");
    await says(output, /has expired: renew it on the host/);
  });
});

describe("an agent without a good token", () => {
  it("learns that the host does not know its token, and so does the admin", async () => {
    const stage = await Stage.open();
    const file = join(stage.folder, "wrong.token");
    writeFileSync(file, "w".repeat(43), { mode: 0o600 });
    const trust = ["--ca", stage.authority.caPath];
    const output = await stage.agent(["--url", stage.url, "--token-file", file, ...trust]);
    await says(
      output,
      /host does not know this token \(401\): issue one there with `ballast agent token GUEST`/,
    );
    const event = await stage.told(/127\.0\.0\.1 was turned away: its token is not known/);
    expect(event).toMatchObject({ level: "warn", kind: "agent" });
    expect(output() + stage.broker.logText()).not.toContain("w".repeat(43));
  });

  it("of a guest that the broker does not manage gets that reason", async () => {
    const stage = await Stage.open();
    await stage.issueToken("stranger");
    const output = await stage.goodAgent("stranger");
    await says(output, /the host does not manage the guest of this token \(403\)/);
    await stage.told(/its token is for "stranger", and no guest of this name is managed/);
  });

  it("does not use one that others may read", async () => {
    const stage = await Stage.open();
    const file = stage.tokenFile("web1");
    chmodSync(file, 0o644);
    const output = await stage.agent(["--url", stage.url, "--token-file", file]);
    await says(output, /may be read by others: chmod 600/);
  });
});

describe("a broker that listens", () => {
  it("takes a renewed certificate at SIGHUP, and keeps the old one when the new is bad", async () => {
    const stage = await Stage.open();
    const file = stage.tokenFile("web1");
    const { certPath, keyPath } = stage.certificate;
    const renewed = stage.authority.issue("renewed");
    copyFileSync(renewed.keyPath, keyPath);
    copyFileSync(renewed.certPath, certPath);
    stage.broker.signal("SIGHUP");
    await stage.agent(["--url", stage.url, "--token-file", file, "--fingerprint", renewed.fingerprint]);
    await stage.heard("web1");
    writeFileSync(certPath, "nonsense");
    stage.broker.signal("SIGHUP");
    await stage.told(/holds no certificate in PEM; keeping the previous certificate/);
    await stage.goodAgent("db1");
    await stage.heard("db1");
  });

  it("keeps the tokens that it has when their file is bad", async () => {
    const stage = await Stage.open();
    await stage.goodAgent("web1");
    await stage.heard("web1");
    writeFileSync(join(stage.folder, "tokens.yaml"), "tokens: [ { guest: web1 } ]\n");
    await stage.told(/tokens\[0\]\.sha256: is missing.*keeping the previous tokens/);
    await stage.heard("web1");
  });
});
