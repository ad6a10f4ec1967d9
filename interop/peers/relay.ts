// relay.ts SOCKET: stands for a worker that many share, and carries lines between it and its own standard streams.
import { connect } from "node:net";

const socket = connect(process.argv[2] ?? "");
process.stdin.pipe(socket).pipe(process.stdout);
