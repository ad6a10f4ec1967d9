// Loaded before an example: what it asks of the providers goes to the stand-in at STAND_IN_URL.
import http from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";

const standIn = new URL(process.env["STAND_IN_URL"]);

https.get = (url, options, ...rest) => {
  const { pathname, search } = new URL(url);
  return http.get(new URL(pathname + search, standIn), { ...options, agent: undefined }, ...rest);
};
syncBuiltinESMExports();
