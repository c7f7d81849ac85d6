#include "seal/own_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace wayside::seal {

base::Error wrong_key_file(const std::string& path, const std::string& what) {
  return {base::Errc::config, base::Consequence::fatal, fmt::format("key file {}: {}", path, what)};
}

base::Result<void> check_owner(const std::string& path, int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return wrong_key_file(path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return wrong_key_file(path, "not a file");
  if ((status.st_mode & 077U) != 0) {
    return wrong_key_file(path,
                          fmt::format("others may use it (mode {:04o}): chmod 0600 {}", status.st_mode & 07777U, path));
  }
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return wrong_key_file(path,
                          fmt::format("it belongs to user {}: chown it to the user of the gateway", status.st_uid));
  }
  return {};
}

}  // namespace wayside::seal
