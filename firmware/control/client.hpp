// The CLI's side of the control socket: blocking, one connection, one request. For tools only; no threads.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "wayside/control/v1/control.pb.h"

namespace wayside::control {

class Client {
 public:
  // Errors (Errc::io): no one listens there, no permission, no answer within seconds; the text says what to do.
  [[nodiscard]] static base::Result<Client> connect(const std::string& path);

  [[nodiscard]] base::Result<void> send(const v1::Request& request);
  // The next response. Errc::closed: the daemon ended the connection.
  // `stop`: a descriptor that ends the wait when it can be read (Errc::cancelled); negative: none.
  [[nodiscard]] base::Result<v1::Response> receive(int stop = -1);

 private:
  explicit Client(base::UniqueFd fd) : fd_(std::move(fd)) {}
  base::UniqueFd fd_;
  std::string buffer_;
};

}  // namespace wayside::control
