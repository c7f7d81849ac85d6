// Traffic counting station with lanes. By itself: arrivals by hour of day, speed and occupancy that fit them. With a
// tape: the recorded registers of a lane follow it, the volume then follows from occupancy and speed. Values are
// latched at the end of each interval; the counters run.
#pragma once

#include <optional>
#include <vector>

#include "sim/devices/device.hpp"
#include "sim/devices/recording.hpp"

namespace wayside::sim {

class LaneCounter final : public Device {
 public:
  enum class Register { speed, occupancy, volume };
  struct Track {
    int lane;  // from 1
    Register drives;
    double scale;
    Recording recording;
  };
  struct Setup {
    int lanes = 2;
    double interval = 60;    // simulated seconds
    double peak = 800;       // vehicles an hour and lane at the busiest hour
    double free_speed = 60;  // km/h
    std::vector<Track> tracks{};
    std::chrono::duration<double> every{0};  // real seconds a row; zero: by the rows' times
    std::uint64_t seed = 0;
  };
  explicit LaneCounter(Setup setup);
  void advance(const Tick& tick) override;

 private:
  enum class Health { good, stuck_on, stuck_off };
  struct Lane {
    std::uint32_t volume = 0, long_vehicles = 0;
    std::uint32_t in_interval = 0;
    double occupancy = 0, speed = 0;  // percent, km/h
    double owed = 0;                  // part of a recorded vehicle
    double wrong_way = 0;             // seconds left of showing it
    Health health = Health::good;
    std::optional<std::size_t> speed_track, occupancy_track, volume_track;
  };

  void clear() override;
  void add_faults();
  void count(Lane& lane, const Tick& tick);
  [[nodiscard]] std::uint32_t arrivals(Lane& lane, const Tick& tick);
  [[nodiscard]] std::optional<double> recorded(const std::optional<std::size_t>& track) const;
  [[nodiscard]] std::optional<double> recorded_flow(const Lane& lane) const;
  void latch(Lane& lane, LocalTime now);
  void show();
  void show_lane(std::size_t index);

  Setup setup_;
  std::vector<Lane> lanes_;
  std::optional<Tape> tape_;
  bool latched_ = false;
  double in_interval_ = 0;  // simulated seconds
  std::uint16_t interval_id_ = 0;
};

}  // namespace wayside::sim
