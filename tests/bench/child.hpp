// A child process with its output in a file: asked to end, and waited for, by the destructor.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace wayside::bench {

class Child {
 public:
  // Gives up the program where it cannot be started.
  Child(std::vector<std::string> command, const std::string& log);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

 private:
  pid_t pid_ = -1;
};

}  // namespace wayside::bench
