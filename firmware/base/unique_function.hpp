// A callable that can be moved but not copied: what crosses a thread or waits for an answer.
// g++ 12 has no std::move_only_function. Small callables (<= 6 pointers) are stored in place.
// Owned by one holder at a time; not thread-safe. Calling an empty one is a broken invariant.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"

namespace wayside::base {

template <class Signature>
class UniqueFunction;

template <class R, class... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() = default;
  UniqueFunction(std::nullptr_t) {}  // NOLINT(google-explicit-constructor): reads as "no callback"

  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction> &&
             std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
  UniqueFunction(F&& f) {  // NOLINT(google-explicit-constructor): lambdas convert in place
    using Stored = std::decay_t<F>;
    if constexpr (fits<Stored>) {
      ::new (static_cast<void*>(buffer_)) Stored(std::forward<F>(f));
      table_ = &in_place_table<Stored>;
    } else {
      ::new (static_cast<void*>(buffer_)) Stored*(new Stored(std::forward<F>(f)));
      table_ = &heap_table<Stored>;
    }
  }

  UniqueFunction(UniqueFunction&& other) noexcept { take(other); }
  UniqueFunction& operator=(UniqueFunction&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  UniqueFunction(const UniqueFunction&) = delete;
  UniqueFunction& operator=(const UniqueFunction&) = delete;
  ~UniqueFunction() { reset(); }

  explicit operator bool() const { return table_ != nullptr; }

  R operator()(Args... args) {
    WAYSIDE_ASSERT(table_ != nullptr);
    return table_->call(buffer_, std::forward<Args>(args)...);
  }

 private:
  static constexpr std::size_t kSize = 6 * sizeof(void*);

  struct Table {
    R (*call)(std::byte*, Args&&...);
    void (*move)(std::byte* from, std::byte* to) noexcept;
    void (*destroy)(std::byte*) noexcept;
  };

  template <class F>
  static constexpr bool fits =
      sizeof(F) <= kSize && alignof(F) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<F>;

  template <class F>
  static F* at(std::byte* where) {
    return std::launder(reinterpret_cast<F*>(where));
  }

  template <class F>
  static constexpr Table in_place_table{
      [](std::byte* b, Args&&... args) -> R { return (*at<F>(b))(std::forward<Args>(args)...); },
      [](std::byte* from, std::byte* to) noexcept {
        ::new (static_cast<void*>(to)) F(std::move(*at<F>(from)));
        at<F>(from)->~F();
      },
      [](std::byte* b) noexcept { at<F>(b)->~F(); }};

  template <class F>
  static constexpr Table heap_table{
      [](std::byte* b, Args&&... args) -> R { return (**at<F*>(b))(std::forward<Args>(args)...); },
      [](std::byte* from, std::byte* to) noexcept { ::new (static_cast<void*>(to)) F*(*at<F*>(from)); },
      [](std::byte* b) noexcept { delete *at<F*>(b); }};

  void take(UniqueFunction& other) noexcept {
    if (other.table_ == nullptr) return;
    other.table_->move(other.buffer_, buffer_);
    table_ = std::exchange(other.table_, nullptr);
  }
  void reset() noexcept {
    if (table_ != nullptr) std::exchange(table_, nullptr)->destroy(buffer_);
  }

  alignas(std::max_align_t) std::byte buffer_[kSize]{};
  const Table* table_ = nullptr;
};

}  // namespace wayside::base
