// One turn with a TDC detector, step by step: which request each frame answered, and what comes next. Used both to ask
// and to understand, so the two cannot differ. Values; any thread.
#pragma once

#include <optional>
#include <vector>

#include "adec_tdc/ft12_frame.hpp"

namespace wayside::drivers::tdc {

struct DialogueSettings {
  std::uint8_t address = 1;
  std::size_t vehicle_size = 7;
  std::size_t most_answers = 4;  // of vehicles in one turn
};

class Dialogue {
 public:
  // linked, count_bit: as the last turn left them.
  Dialogue(DialogueSettings settings, bool linked, bool count_bit);

  void take(base::ByteView frame);
  // None: the turn is over.
  [[nodiscard]] std::optional<base::Bytes> next() const;

  [[nodiscard]] bool linked() const { return linked_; }
  [[nodiscard]] bool count_bit() const { return count_bit_; }
  [[nodiscard]] bool answered() const { return answered_; }      // a request for vehicles was
  [[nodiscard]] bool drained() const { return drained_; }        // the detector has no more vehicles
  [[nodiscard]] bool unreadable() const { return unreadable_; }  // vehicles came in another size than set up
  [[nodiscard]] std::optional<std::uint8_t> status() const { return status_; }  // all bits that were set in the turn
  [[nodiscard]] std::optional<std::uint32_t> lifetime() const { return lifetime_; }
  [[nodiscard]] const std::vector<ft12::Vehicle>& vehicles() const { return vehicles_; }

 private:
  enum class Step { reset, vehicles, status, over };

  void take_vehicles(base::ByteView frame);
  void take_status(base::ByteView frame);
  void add_status(std::uint8_t bits);

  DialogueSettings settings_;
  Step step_;
  bool linked_;
  bool count_bit_;
  std::size_t answers_ = 0;
  bool answered_ = false;
  bool drained_ = false;
  bool unreadable_ = false;
  std::optional<std::uint8_t> status_;
  std::optional<std::uint32_t> lifetime_;
  std::vector<ft12::Vehicle> vehicles_;
};

}  // namespace wayside::drivers::tdc
