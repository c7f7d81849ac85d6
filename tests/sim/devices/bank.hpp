// Bank: one Modbus table of a simulated device, with holes. Reading a hole fails; setting one is a broken invariant.
// A pure value; owned by its Device.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace wayside::sim {

using Words = std::vector<std::uint16_t>;

class Bank {
 public:
  void map(std::uint16_t address, std::uint16_t count);  // they read zero
  // Requires: mapped, all words of it.
  void set(std::uint16_t address, std::uint16_t word);
  void set_signed(std::uint16_t address, int value);              // clamped to 16 bits
  void set_u32(std::uint16_t address, std::uint32_t value);       // high word first
  void set_float(std::uint16_t address, double value);            // float32, high word first (ABCD)
  void set_float_low_first(std::uint16_t address, double value);  // float32, words swapped (CDAB)

  [[nodiscard]] bool has(std::uint16_t address) const { return words_.contains(address); }
  [[nodiscard]] std::optional<Words> read(std::uint16_t address, std::uint16_t count) const;
  [[nodiscard]] bool empty() const { return words_.empty(); }

 private:
  std::map<std::uint16_t, std::uint16_t> words_;
};

}  // namespace wayside::sim
