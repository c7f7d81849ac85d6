#include "daemon/system_clock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/catch.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// The file that timesyncd touches.
class Mark {
 public:
  explicit Mark(base::WallTime heard)
      : path_(std::filesystem::temp_directory_path() / ("wayside-mark-" + std::to_string(::getpid()))) {
    std::ofstream{path_};
    const auto since = std::chrono::duration_cast<seconds>(heard.time_since_epoch());
    timespec times[2]{};
    times[0].tv_sec = times[1].tv_sec = static_cast<time_t>(since.count());
    REQUIRE(::utimensat(AT_FDCWD, path_.c_str(), times, 0) == 0);
  }
  ~Mark() { std::filesystem::remove(path_); }
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

const base::WallTime kNow{hours{500'000}};

TEST_CASE("a clock that timesyncd has just set is known to a tenth of a second") {
  const Mark mark(kNow);
  CHECK(daemon::uncertainty_by_mark(mark.path(), kNow) == milliseconds{100});
}

TEST_CASE("the longer the server was not heard, the less the clock is known") {
  const Mark mark(kNow - seconds{2000});
  CHECK(daemon::uncertainty_by_mark(mark.path(), kNow) == milliseconds{1100});
}

TEST_CASE("a server not heard for hours, a clock set back, or no mark: not synchronised") {
  CHECK_FALSE(daemon::uncertainty_by_mark(Mark(kNow - hours{9}).path(), kNow));
  CHECK_FALSE(daemon::uncertainty_by_mark(Mark(kNow + seconds{1}).path(), kNow));
  CHECK_FALSE(daemon::uncertainty_by_mark("/nonexistent/synchronized", kNow));
}

}  // namespace
