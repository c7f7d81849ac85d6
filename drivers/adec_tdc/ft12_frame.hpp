// Frames of IEC 60870-5-1 format FT1.2 as ADEC's TDC detectors use them ("ADEC Protocol Specification for
// TLS-Compatible Traffic Data Acquisition Using TDC1, TDC3 and TDC4", version 2.0; details as in the public driver of
// MnDOT IRIS, facts only). Pure functions; any thread.
//
//   single character  E5
//   short             10 C A SUM 16
//   long              68 L L 68 C A data... SUM 16      L = 2 + data, SUM = sum of C, A and data, 8 bits
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "device/frame_protocol.hpp"

namespace wayside::drivers::ft12 {

inline constexpr std::uint8_t kNoData = 0xE5;

// The control field of a request.
inline constexpr std::uint8_t kPrimary = 0x40;
inline constexpr std::uint8_t kCountBit = 0x20;    // FCB: changes with each new request
inline constexpr std::uint8_t kCountValid = 0x10;  // FCV: the count bit means something

enum class Function : std::uint8_t { reset = 0, vehicles = 8, status = 9 };
inline constexpr std::uint8_t kStatusAnswer = 0x0B;
inline constexpr std::uint8_t kSitosAnswer = 0x00;  // of vehicles, in the mode "SiTOS"

[[nodiscard]] device::Cut cut(std::span<const std::uint8_t> bytes);
[[nodiscard]] bool answers(std::span<const std::uint8_t> request, std::span<const std::uint8_t> frame);

[[nodiscard]] base::Bytes encode_short(std::uint8_t control, std::uint8_t address);
// Requires: data.size() <= 253.
[[nodiscard]] base::Bytes encode_long(std::uint8_t control, std::uint8_t address, base::ByteView data);

// A request of ours; count_bit only with Function::vehicles.
[[nodiscard]] base::Bytes request(Function function, std::uint8_t address, bool count_bit = false);

struct LongFrame {
  std::uint8_t control = 0;
  std::uint8_t address = 0;
  base::ByteView data;  // into the frame
};
// None: no long frame, or not a whole one with the right sum.
[[nodiscard]] std::optional<LongFrame> parse_long(base::ByteView frame);

struct Vehicle {
  std::uint8_t speed = 0;       // km/h
  std::uint8_t class_lane = 0;  // the device's code of class and lane
  std::uint16_t occupancy = 0;  // 10 ms
  std::uint16_t gap = 0;        // 10 ms, to the vehicle before [?: the document leaves open whether gap or headway]
  std::optional<std::uint8_t> length;  // 0.1 m
};

// The data of an answer to Function::vehicles.
struct VehicleData {
  std::uint8_t status = 0;
  std::optional<std::uint32_t> lifetime;  // vehicles since the detector was made; none: only a status came
  std::vector<Vehicle> vehicles;          // 0..4
};
// vehicle_size: 6, 7 or 11. None: the size of the data fits no whole number of such vehicles.
[[nodiscard]] std::optional<VehicleData> parse_vehicles(base::ByteView data, std::size_t vehicle_size);

extern const device::FrameProtocol kProtocol;

}  // namespace wayside::drivers::ft12
