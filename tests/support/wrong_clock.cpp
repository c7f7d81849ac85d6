// A library for LD_PRELOAD that makes the wall clock of one program wrong: by as many seconds as the file says whose
// path is in WAYSIDE_CLOCK_AHEAD (one signed 64-bit number in the machine's order; it may change at any time). The
// other clocks stay as they are. (libfaketime also moves timers on the monotonic clock, which a step does not.)
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

std::int64_t ahead() {
  static const int file = [] {
    const char* const path = std::getenv("WAYSIDE_CLOCK_AHEAD");
    return path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  }();
  std::int64_t seconds = 0;
  if (file < 0 || ::pread(file, &seconds, sizeof seconds, 0) != static_cast<ssize_t>(sizeof seconds)) return 0;
  return seconds;
}

bool is_wall(clockid_t id) { return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE; }

// A deadline as the program reckons it, on the machine's own clock.
timespec on_true_clock(const timespec& deadline) {
  timespec out = deadline;
  out.tv_sec -= ahead();
  return out;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t id, timespec* out) noexcept {
  const auto code = ::syscall(SYS_clock_gettime, id, out);
  if (code == 0 && is_wall(id)) out->tv_sec += ahead();
  return static_cast<int>(code);
}

int gettimeofday(timeval* out, void* /*zone*/) noexcept {
  timespec now{};
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

// These wait for a wall time.
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* deadline) {
  const auto until = on_true_clock(*deadline);
  return ::pthread_cond_clockwait(condition, mutex, CLOCK_REALTIME, &until);
}

int sem_timedwait(sem_t* semaphore, const timespec* deadline) {
  const auto until = on_true_clock(*deadline);
  return ::sem_clockwait(semaphore, CLOCK_REALTIME, &until);
}

}  // extern "C"
