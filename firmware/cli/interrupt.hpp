// Ctrl-C as something to wait for, not something that ends the program: for a subcommand that has a last word to say.
// From its making SIGINT and SIGTERM are held back in this thread, until it is gone. One thread, one at a time.
#pragma once

#include <signal.h>

#include "base/unique_fd.hpp"

namespace wayside::cli {

inline constexpr int kExitInterrupted = 130;  // 128 + SIGINT, as shells have it

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Readable once a signal has come; negative: the system has no signalfd, and signals end the program as ever.
  [[nodiscard]] int fd() const { return fd_.get(); }
  // Waits until `fd` can be read (true) or a signal has come (false).
  [[nodiscard]] bool wait_for(int fd) const;
  [[nodiscard]] bool is_pending() const;

 private:
  sigset_t before_{};
  base::UniqueFd fd_;
};

}  // namespace wayside::cli
