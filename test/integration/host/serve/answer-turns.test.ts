/** Many requests at once on the API's server, and an agent that speaks meanwhile. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { expect, it, onTestFinished, vi } from "vitest";
import { createApiServer } from "../../../../host/src/serve/api-server.ts";
import { FakeBrokerView } from "../../../fakes/fake-control-service.ts";
import { keepingLog } from "../../../fakes/temp-folder.ts";

const REQUESTS = 50;

async function listening<T extends Server>(server: T): Promise<T> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  return server;
}

async function connected(server: Server): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket.resume();
}

it("reads the agent between two answers, not after all of them", async () => {
  const view = new FakeBrokerView();
  const { server } = createApiServer(view, keepingLog());
  await listening(server);
  const accepted = vi.fn();
  server.on("connection", accepted);
  const sockets = await Promise.all(Array.from({ length: REQUESTS }, () => connected(server)));
  await vi.waitUntil(() => accepted.mock.calls.length === REQUESTS);
  const agents = await listening(createServer());
  const atHost = once(agents, "connection");
  const agent = await connected(agents);
  const [hostsEnd] = (await atHost) as [Socket];
  const status = vi.spyOn(view, "status");
  // The agent speaks while the first request is being answered; all others have arrived by then.
  status.mockImplementationOnce(() => {
    agent.write("demand");
    return new FakeBrokerView().status();
  });
  const heardAfter = once(hostsEnd, "data").then(() => status.mock.calls.length);
  for (const socket of sockets) socket.write("GET /v1/status HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
  expect(await heardAfter).toBeLessThan(REQUESTS);
  await vi.waitUntil(() => status.mock.calls.length === REQUESTS);
});
