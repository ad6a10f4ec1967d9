import type { ProviderErrorCode } from "../provider-error.ts";

/** The meaning of the error code of a failed exchange. */
export interface NetworkCause {
  readonly code: ProviderErrorCode;
  /** What happened, between the address and the error's own words. */
  readonly what: string;
  readonly nextStep: string;
  /** Whether the same request can succeed later without a change by the user. */
  readonly transient: boolean;
}

/** What the error code of a failed exchange means. No other place decides that. */
export function networkCause(errorCode: string): NetworkCause {
  const entry = causes.find(({ codes }) => codes.test(errorCode));
  return entry?.cause ?? unreachable;
}

const again = "Run the same command again; it goes on where it stopped.";
const checkAddress = "Correct the provider's base_url in the configuration; ffe config show prints it.";

const unreachable: NetworkCause = {
  code: "NETWORK_UNREACHABLE",
  what: "cannot be reached",
  nextStep:
    "Check the connection and the provider's base_url, or use --provider demo, which needs no network.",
  transient: true,
};
const tookTooLong: NetworkCause = {
  code: "TIMEOUT",
  what: "took too long",
  nextStep: again,
  transient: true,
};
const cutOff: NetworkCause = {
  code: "SERVER_ERROR",
  what: "closed the connection before its answer was complete",
  nextStep: again,
  transient: true,
};
const notHttp: NetworkCause = {
  code: "MALFORMED_RESPONSE",
  what: "sent an answer that cannot be read",
  nextStep: "Check that the provider's base_url points at its API, then run the same command again.",
  transient: true,
};
const unknownName: NetworkCause = {
  code: "WRONG_ADDRESS",
  what: "cannot be found: no such host is known",
  // Most users have no base_url, and no network now and then.
  nextStep:
    "Check this machine's connection and name resolution. If they work, correct the provider's base_url, where the configuration has one (ffe config show prints it).",
  // Some systems answer so for every name while they have no network.
  transient: true,
};
const unusableAddress: NetworkCause = {
  code: "WRONG_ADDRESS",
  what: "has an address that cannot be used",
  nextStep: checkAddress,
  transient: false,
};
const noTls: NetworkCause = {
  code: "WRONG_ADDRESS",
  what: "does not speak TLS as https needs it",
  nextStep: `${checkAddress} A server without TLS needs http:// in it.`,
  transient: false,
};
const forbidden: NetworkCause = {
  code: "WRONG_ADDRESS",
  what: "cannot be reached: this machine forbids the connection",
  nextStep: "Allow the connection in this machine's firewall or sandbox, or correct the provider's base_url.",
  transient: false,
};
const badCertificate: NetworkCause = {
  code: "BAD_CERTIFICATE",
  what: "has a certificate that cannot be trusted",
  nextStep:
    "Check this machine's clock and the provider's base_url; NODE_EXTRA_CA_CERTS names the certificates of a proxy or company.",
  transient: false,
};

/**
 * The first entry that matches counts. A code without an entry may heal: a wait in vain costs time, but giving up too early
 * costs the night's run.
 *
 * Sources: https://nodejs.org/api/errors.html, https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const causes: readonly { readonly codes: RegExp; readonly cause: NetworkCause }[] = [
  { codes: /^(?:ETIMEDOUT|ESOCKETTIMEDOUT)$/, cause: tookTooLong },
  { codes: /^(?:ECONNRESET|ECONNABORTED|EPIPE)$/, cause: cutOff },
  // EAI_AGAIN, EAI_FAIL: the resolver has no answer now. ECONNREFUSED and the rest: nothing listens now.
  {
    codes:
      /^(?:EAI_AGAIN|EAI_FAIL|ECONNREFUSED|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|EMFILE|ENFILE)$/,
    cause: unreachable,
  },
  { codes: /^(?:ENOTFOUND|ENODATA|EAI_NONAME|EAI_NODATA)$/, cause: unknownName },
  {
    codes:
      /^(?:ERR_INVALID_URL|ERR_INVALID_PROTOCOL|ERR_UNESCAPED_CHARACTERS|ERR_SOCKET_BAD_PORT|EAFNOSUPPORT|EAI_FAMILY|EINVAL)$/,
    cause: unusableAddress,
  },
  { codes: /^(?:EACCES|EPERM)$/, cause: forbidden },
  { codes: /^(?:EPROTO|ERR_SSL_.+|ERR_TLS_(?!CERT_).+)$/, cause: noTls },
  {
    codes:
      /^(?:ERR_TLS_CERT_.+|CERT_.+|UNABLE_TO_.+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|CRL_.+|ERROR_IN_.+|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/,
    cause: badCertificate,
  },
  { codes: /^(?:HPE|Z)_/, cause: notHttp },
];
