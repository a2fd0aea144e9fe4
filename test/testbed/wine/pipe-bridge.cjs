/**
 * Runs under wine: stands in for the driver of the virtio-serial port. `node.exe pipe-bridge.cjs PIPE PORT` joins what opens the named pipe with
 * a TCP port of this machine.
 */
const { connect, createServer } = require("node:net");

const [pipe, port] = process.argv.slice(2);
createServer((agent) => {
  const host = connect(Number(port), "127.0.0.1");
  agent.pipe(host).pipe(agent);
  for (const end of [agent, host]) {
    end.on("error", () => {});
    end.on("close", () => {
      agent.destroy();
      host.destroy();
    });
  }
}).listen(pipe, () => process.stdout.write("listening\n"));
