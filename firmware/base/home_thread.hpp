// HomeThread: debug check that an object's state is touched only on the thread of its home Scheduler.
// The first call of check() binds it; detach() lets the next caller bind anew (used around start-up).
#pragma once

#include <thread>

#include "base/assert.hpp"

namespace wayside::base {

class HomeThread {
 public:
  void check() const {
#ifndef NDEBUG
    if (id_ == std::thread::id{}) id_ = std::this_thread::get_id();
    WAYSIDE_ASSERT(id_ == std::this_thread::get_id());
#endif
  }
  void detach() {
#ifndef NDEBUG
    id_ = std::thread::id{};
#endif
  }

 private:
#ifndef NDEBUG
  mutable std::thread::id id_{};
#endif
};

}  // namespace wayside::base
