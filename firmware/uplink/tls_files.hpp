// The files of a TLS connection, looked at before OpenSSL uses them, so that what is wrong is told in words that help:
// which file, and what to do. Reads them anew with each call: a renewed certificate is the next connection's.
// Any thread.
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace wayside::uplink {

// "3.0.17": of the library that runs, not of its header.
[[nodiscard]] std::string openssl_version();

// In PEM; empty: none (for `ca`: the system's authorities).
struct TlsFiles {
  std::string ca;
  std::string certificate;  // the gateway's own first, then its chain
  std::string key;
  bool revocation = false;  // `ca` also holds the revocation list of each authority in it
};

struct TlsTerm {
  std::string what;  // "the gateway's certificate (CN=gw-1)"
  base::WallTime until{};
};

// Until when these files serve: the sooner of the gateway's certificate and the last of the authorities. None: neither
// is a file of ours. Errors (Errc::config): a file that cannot be read or is not what it must be, a key that others may
// read or that does not belong to the certificate.
[[nodiscard]] base::Result<std::optional<TlsTerm>> check_tls_files(const TlsFiles& files);

// A mark that changes when one of the files does.
[[nodiscard]] std::string tls_files_mark(const TlsFiles& files);

// From now on TLS connections of this process ask for the revocation lists too (they stand in the file of the
// authorities). For those that OpenSSL makes for Paho, which has no setting for it.
void check_revocation_everywhere();

}  // namespace wayside::uplink
