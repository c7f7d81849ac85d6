#include "cli/child.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "base/unique_fd.hpp"

extern char** environ;

namespace wayside::cli {

std::string own_program() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string("wayside") : path.string();
}

Ended run(const std::vector<std::string>& words, std::size_t most) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return {};
  base::UniqueFd read(ends[0]);
  base::UniqueFd write(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
  ::posix_spawn_file_actions_adddup2(&actions, write.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, write.get(), STDERR_FILENO);
  ::posix_spawn_file_actions_addclose(&actions, read.get());
  std::vector<std::string> copies(words);
  std::vector<char*> arguments;
  for (auto& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return {};
  write = base::UniqueFd();
  Ended out;
  std::array<char, 16384> chunk{};
  for (;;) {
    const auto count = ::read(read.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    const auto room = most - out.output.size();
    out.output.append(chunk.data(), std::min(static_cast<std::size_t>(count), room));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

}  // namespace wayside::cli
