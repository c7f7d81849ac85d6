// The control socket of the daemon: a Unix stream socket on core's event loop. One request a connection; the answer
// comes from the handler, now or later; after `tail` the connection stays and is fed by push().
//
// Who is calling is known from the kernel; his role comes from his groups (roles.hpp), and a request that needs more is
// refused here. Where the machine has none of the groups, the mode of the socket (0660) decides who may call.
// Bounds: 16 connections, 8 of one account (4 more for those who may everything); a request within 10 s; an answer
// taken within 30 s; a tail that falls 1 MB behind is disconnected. Home: core.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "control/roles.hpp"
#include "wayside/control/v1/control.pb.h"

namespace wayside::control {

// Who is at the other end of a connection, as the kernel vouches for it (SO_PEERCRED).
struct Peer {
  std::string user;  // the account's name, or its number where it has none; empty: not known
  Role role = Role::none;
};

using Answer = base::UniqueFunction<void(v1::Response)>;

class Server {
 public:
  // Called for every request but `tail` that the caller's role allows; `answer` must be called once, on core, and may
  // outlive the connection.
  using Handler = base::UniqueFunction<void(const v1::Request&, const Peer& peer, Answer answer)>;
  // Told of a request that the caller's role does not allow.
  using Refused = base::UniqueFunction<void(const v1::Request&, const Peer& peer)>;

  // Replaces a socket file that no one listens on. Errors (Errc::io): the path cannot be used, another daemon listens.
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> listen(boost::asio::io_context& core,
                                                                    const std::string& path, Handler handler,
                                                                    Refused refused = {});
  virtual ~Server() = default;

  [[nodiscard]] virtual bool has_tails() const = 0;
  // To every tail whose device filter fits; to those of the role view `for_view`.
  virtual void push(const std::string& device, const v1::TailResponse& line, const v1::TailResponse& for_view) = 0;
};

}  // namespace wayside::control
