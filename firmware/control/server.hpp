// The control socket of the daemon: a Unix stream socket, mode 0660, on core's event loop. One request a connection;
// the answer comes from the handler, now or later; after `tail` the connection stays and is fed by push().
// Home: core. At most 16 connections; a tail that falls 1 MB behind is disconnected.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "wayside/control/v1/control.pb.h"

namespace wayside::control {

// Who is at the other end of a connection, as the kernel vouches for it (SO_PEERCRED).
struct Peer {
  std::string user;  // the account's name, or its number where it has none; empty: not known
};

using Answer = base::UniqueFunction<void(v1::Response)>;

class Server {
 public:
  // Called for every request but `tail`; `answer` must be called once, on core, and may outlive the connection.
  using Handler = base::UniqueFunction<void(const v1::Request&, const Peer& peer, Answer answer)>;

  // Replaces a socket file that no one listens on. Errors (Errc::io): the path cannot be used, another daemon listens.
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> listen(boost::asio::io_context& core,
                                                                    const std::string& path, Handler handler);
  virtual ~Server() = default;

  [[nodiscard]] virtual bool has_tails() const = 0;
  // To every tail whose device filter fits.
  virtual void push(const std::string& device, const v1::TailResponse& line) = 0;
};

}  // namespace wayside::control
