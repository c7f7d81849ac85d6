// Modbus: every cutter over any bytes, and any answer to any request that we can make.
#include "bus/framer.hpp"
#include "bus/modbus_pdu.hpp"
#include "fuzz/input.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

base::Bytes request_of(fuzz::Input& input) {
  base::Bytes request;
  const auto kind = static_cast<device::RegisterKind>(input.u8() % 4);
  const auto flags = input.u8();
  const auto first = input.u16();
  const std::uint16_t count = input.u8();
  if ((flags & 1U) == 0) {
    if (!bus::append_read({kind, first, count}, request)) request.clear();
    return request;
  }
  device::RegisterWrite write;
  write.kind = kind;
  write.first = first;
  write.multiple = (flags & 2U) != 0;
  for (std::uint16_t i = 0; i < count; ++i) {
    write.values.push_back(kind == device::RegisterKind::coil ? input.u8() & 1U : input.u16());
  }
  if (!bus::append_write(write, request)) request.clear();
  return request;
}

// The answer as it comes, and with a head that fits, so that the fuzzer gets past it.
void check_answers(fuzz::Input& input) {
  const auto request = request_of(input);
  if (request.empty()) return;
  fuzz::require(request.size() <= bus::kMostPduBytes, "a request fits a PDU");
  const bool is_read = request[0] <= 4;
  const std::size_t count = std::size_t{request[3]} << 8U | request[4];
  const auto check = [&](base::ByteView answer) {
    const auto words = bus::check_response(request, answer);
    if (words) fuzz::require(words->size() == (is_read ? count : 0), "as many words as were asked for");
  };
  check(input.rest());
  base::Bytes fitting(input.rest().begin(), input.rest().end());
  fitting.resize(bus::answer_size(request));
  fitting[0] = request[0];
  if (is_read) fitting[1] = static_cast<std::uint8_t>(fitting.size() - 2);
  check(fitting);
  if (is_read) fuzz::require(bus::check_response(request, fitting).has_value(), "a good answer is taken");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::ByteView bytes{data, size};
  bus::exercise_framers(bytes);
  fuzz::Input input(bytes);
  check_answers(input);
  return 0;
}
