// The words (or bits, one a word) that came back, by kind and address. A read outside what was read gives none.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "device/register_plan.hpp"

namespace wayside::device {

class RegisterImage {
 public:
  // Requires: words.size() == block.count.
  void add(const RegisterBlock& block, std::vector<std::uint16_t> words);

  // `count` consecutive words of one block.
  [[nodiscard]] std::optional<std::span<const std::uint16_t>> words(RegisterKind kind, std::uint16_t first,
                                                                    std::uint16_t count) const;
  [[nodiscard]] bool empty() const { return parts_.empty(); }

 private:
  struct Part {
    RegisterBlock block;
    std::vector<std::uint16_t> words;
  };
  std::vector<Part> parts_;
};

}  // namespace wayside::device
