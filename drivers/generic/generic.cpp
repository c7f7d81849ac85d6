#include "generic/generic.hpp"

#include <utility>

#include "common/family.hpp"

namespace wayside::drivers {

namespace {

class Generic final : public device::Driver {
 public:
  explicit Generic(Prepared prepared) : prepared_(std::move(prepared)) {}

  std::span<const device::PointSpec> points() const override { return prepared_.points; }
  const device::ReadPlan& plan() const override { return prepared_.plan; }

  device::Decoded decode(const device::DecodeInput& input, const device::DriverState& state) const override {
    return {prepared_.decode(input.image), state};
  }

 private:
  Prepared prepared_;
};

base::Result<std::unique_ptr<device::Driver>> make(const device::DriverConfig& config) {
  auto prepared = prepare(config);
  if (prepared.has_error()) return prepared.error();
  return std::make_unique<Generic>(*std::move(prepared));
}

}  // namespace

const device::DriverFamily& generic_family() {
  static constexpr device::DriverFamily family{
      .name = "generic", .title = "Any device with registers", .options = {}, .make = &make};
  return family;
}

}  // namespace wayside::drivers
