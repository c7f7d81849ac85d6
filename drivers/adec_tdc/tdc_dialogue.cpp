#include "adec_tdc/tdc_dialogue.hpp"

namespace wayside::drivers::tdc {

namespace {

bool is_no_data(base::ByteView frame) { return frame.size() == 1 && frame[0] == ft12::kNoData; }

}  // namespace

Dialogue::Dialogue(DialogueSettings settings, bool linked, bool count_bit)
    : settings_(settings), step_(linked ? Step::vehicles : Step::reset), linked_(linked), count_bit_(count_bit) {}

std::optional<base::Bytes> Dialogue::next() const {
  switch (step_) {
    case Step::reset: return ft12::request(ft12::Function::reset, settings_.address);
    case Step::vehicles: return ft12::request(ft12::Function::vehicles, settings_.address, count_bit_);
    case Step::status: return ft12::request(ft12::Function::status, settings_.address);
    case Step::over: break;
  }
  return std::nullopt;
}

void Dialogue::take(base::ByteView frame) {
  switch (step_) {
    case Step::reset:
      if (is_no_data(frame)) {
        linked_ = true;
        count_bit_ = true;  // the first request after a reset has it set
        step_ = Step::vehicles;
      } else {
        step_ = Step::over;
      }
      return;
    case Step::vehicles: return take_vehicles(frame);
    case Step::status: return take_status(frame);
    case Step::over: return;
  }
}

void Dialogue::take_vehicles(base::ByteView frame) {
  step_ = Step::over;
  if (is_no_data(frame)) {
    answered_ = true;
    drained_ = true;
    count_bit_ = !count_bit_;
    if (!status_) step_ = Step::status;
    return;
  }
  const auto answer = ft12::parse_long(frame);
  const auto vehicles_control = static_cast<std::uint8_t>(ft12::Function::vehicles);
  const bool ours = answer && answer->address == settings_.address &&
                    (answer->control == vehicles_control || answer->control == ft12::kSitosAnswer);
  if (!ours) return;  // the count bit stays: the detector will say it again
  const auto data = ft12::parse_vehicles(answer->data, settings_.vehicle_size);
  // Also after data that cannot be read: it came as the detector meant it, and once more would be no better.
  count_bit_ = !count_bit_;
  answered_ = true;
  if (!data) {
    unreadable_ = true;
    return;
  }
  add_status(data->status);
  if (!data->lifetime) {
    drained_ = true;
    return;
  }
  lifetime_ = data->lifetime;
  vehicles_.insert(vehicles_.end(), data->vehicles.begin(), data->vehicles.end());
  if (++answers_ < settings_.most_answers) step_ = Step::vehicles;
}

void Dialogue::take_status(base::ByteView frame) {
  step_ = Step::over;
  const auto answer = ft12::parse_long(frame);
  const bool ours = answer && answer->address == settings_.address && answer->control == ft12::kStatusAnswer;
  if (ours && answer->data.size() == 1) add_status(answer->data[0]);
}

void Dialogue::add_status(std::uint8_t bits) { status_ = static_cast<std::uint8_t>(status_.value_or(0) | bits); }

}  // namespace wayside::drivers::tdc
