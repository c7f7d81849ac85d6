#include "daemon/app.hpp"
#include "daemon/options.hpp"

int main(int argc, char** argv) {
  int exit_code = 0;
  const auto options = wayside::daemon::parse_options(argc, argv, exit_code);
  return options ? wayside::daemon::run(*options) : exit_code;
}
