// Why a connection to a broker cannot be made: Paho only says that it failed. One connection of our own, with the same
// files for TLS, in which the system and OpenSSL's verification can be asked; nothing is sent over it.
// Home: the io_context's thread. `done` is posted there, within seconds.
#pragma once

#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>

#include "base/unique_function.hpp"
#include "uplink/tls_files.hpp"

namespace wayside::uplink {

struct Finding {
  // up to where it came
  enum class At : std::uint8_t { network, handshake, broker } at = At::broker;
  std::string reason;        // a sentence for a person; empty: nothing is wrong up to the broker
  bool about_dates = false;  // a certificate is not valid yet, or no more: our own clock may be wrong
};

// `files`: none: no TLS.
void probe_broker(boost::asio::io_context& io, const std::string& host, std::uint16_t port,
                  const std::optional<TlsFiles>& files, base::UniqueFunction<void(Finding)> done);

}  // namespace wayside::uplink
