#include <bit>
#include <catch2/catch.hpp>
#include <cmath>

#include "detect_series.hpp"
#include "rules/detect/likelihood/alarm_rest.hpp"
#include "rules/detect/likelihood/day_phase.hpp"
#include "rules/detect/likelihood/day_profile.hpp"
#include "rules/detect/likelihood/extreme_tail.hpp"
#include "rules/detect/likelihood/recent_window.hpp"

using namespace wayside;               // NOLINT(google-build-using-namespace)
using namespace wayside::rules::test;  // NOLINT(google-build-using-namespace)
using rules::detect::likelihood::AlarmRest;
using rules::detect::likelihood::DayPhase;
using rules::detect::likelihood::DayProfile;
using rules::detect::likelihood::ExtremeTail;
using rules::detect::likelihood::RecentWindow;

TEST_CASE("an extreme tail gives the predictive probability of its largest residuals") {
  ExtremeTail tail;
  for (int i = 1; i <= 100; ++i) tail.learn(i);
  // k = 4 of 100, u = 96, S + S0 = ln(100/96) + ln(99/96) + ln(98/96) + ln(97/96) + 4 * 0.5
  CHECK(tail.surprise(200.0) == Approx(2.4382441).margin(1e-6));
  CHECK(tail.surprise(98.5) == Approx(1.4401636).margin(1e-6));
  CHECK(tail.surprise(96.0) == 0.0);
  CHECK(tail.surprise(0.0) == 0.0);
}

TEST_CASE("an extreme tail says nothing until it has seen enough") {
  ExtremeTail tail;
  for (std::uint32_t i = 0; i < ExtremeTail::kWarmUp; ++i) tail.learn(1.0);
  CHECK_FALSE(tail.ready());
  CHECK(tail.surprise(1e9) == 0.0);
  tail.learn(1.0);
  CHECK(tail.ready());
  CHECK(tail.surprise(1e9) > 1.0);
}

TEST_CASE("the first movement after a constant is most surprising, and finite") {
  ExtremeTail tail;
  for (int i = 0; i < 61; ++i) tail.learn(0.0);
  CHECK(tail.surprise(1.0) == Approx(10.7885).margin(1e-3));  // 61 / 2 (1 + ln(1e30) / 2)^6
  tail.learn(1e300);                                          // larger than a float
  CHECK(std::isfinite(tail.surprise(1e308)));
}

TEST_CASE("what happens often stops being surprising") {
  ExtremeTail tail;
  for (int i = 0; i < 2000; ++i) tail.learn(i % 100 == 0 ? 50.0 : 1.0 + noise(static_cast<std::uint64_t>(i)));
  CHECK(tail.surprise(50.0) < 2.6);
  CHECK(tail.surprise(500.0) > 2.6);
}

TEST_CASE("a giant fades: its record halves in 6931 samples") {
  ExtremeTail tail;
  for (int i = 0; i < 31; ++i) tail.learn(1024.0);
  for (int i = 31; i < 5000 + 6931; ++i) tail.learn(0.0);
  base::ByteWriter out;
  tail.save(out);
  const auto bytes = out.take();
  base::ByteReader in(bytes);
  CHECK(in.u32() == ExtremeTail::kMemory);
  CHECK(in.u8() == 31);
  CHECK(static_cast<double>(std::bit_cast<float>(in.u32())) == Approx(512.0).epsilon(0.001));
}

TEST_CASE("a window gives the means of its newest values across its end") {
  RecentWindow<8> window;
  for (int i = 1; i <= 3; ++i) window.push(static_cast<float>(i));
  CHECK(window.size() == 3);
  CHECK(window.mean_of_last(3) == 2.0);
  for (int i = 4; i <= 11; ++i) window.push(static_cast<float>(i));
  CHECK(window.size() == 8);
  CHECK(window.mean_of_last(8) == 7.5);  // 4..11
  CHECK(window.mean_of_last(5) == 9.0);  // 7..11: from both ends of the ring
  CHECK(window.mean_of_last(1) == 11.0);
}

TEST_CASE("an alarm is told once, unless what follows is ten times rarer") {
  AlarmRest rest;
  CHECK(rest.pass(2.0) == 2.0);
  CHECK(rest.pass(3.0) == 3.0);
  CHECK(rest.pass(3.5) < AlarmRest::kLevel);
  CHECK(rest.pass(3.9) == Approx(2.5));  // 3.9 - (3 + 1) + 2.6
  CHECK(rest.pass(4.2) >= AlarmRest::kLevel);
  for (std::uint32_t i = 0; i < AlarmRest::kRest; ++i) CHECK(rest.pass(4.2) < AlarmRest::kLevel);
  CHECK(rest.pass(4.2) == Approx(4.0).margin(0.01));  // rested; two events stand against it
}

TEST_CASE("a series that often alarms has to do rarer things") {
  AlarmRest rest;
  int alarms = 0;
  for (int i = 0; i < 100'000; ++i) alarms += rest.pass(i % 400 == 0 ? 3.0 : 0.0) >= AlarmRest::kLevel ? 1 : 0;
  CHECK(alarms > 20);
  CHECK(alarms < 60);  // of 250
  CHECK(rest.events() < 5.0);
}

TEST_CASE("the day goes by the steady clock until the site's is known, and by that after") {
  DayPhase phase;
  CHECK(phase.of(instant(kDay + 10)) == 10);
  CHECK(phase.hands() == DayPhase::Hands::kSteady);
  CHECK(phase.of(instant(kDay + 20, -kHour)) == kDay - kHour);  // before 1970 too
  CHECK(phase.of(instant(kDay + 30)) == kDay - kHour + 10);     // trust lost: the hands go on
  CHECK(phase.of(instant(kDay + 40, 5 * kHour)) == 5 * kHour);  // a step is followed
  DayPhase loaded{DayPhase::Hands::kWaiting};
  CHECK_FALSE(loaded.of(instant(50)).has_value());
  CHECK(loaded.of(instant(60, kHour)) == kHour);
  CHECK(loaded.of(instant(70)) == kHour + 10);
}

TEST_CASE("a profile knows a half hour on its second day, and its own error") {
  DayProfile profile;
  for (int i = 0; i < 6; ++i) {
    profile.move_to(kHour + 300 * i, 300.0);
    CHECK_FALSE(profile.residual(10.0).has_value());  // the same visit
    profile.learn(10.0);
  }
  profile.move_to(kHour - 1, 300.0);
  CHECK_FALSE(profile.residual(10.0).has_value());  // another half hour
  profile.move_to(kHour, 300.0);
  REQUIRE(profile.residual(17.0).has_value());
  CHECK(*profile.residual(17.0) == Approx(7.0 / std::sqrt(1.0 + 1.0 / 6.0)));
  CHECK(*profile.residual(3.0) == *profile.residual(17.0));
}

TEST_CASE("a giant moves a profile by no more than five deviations") {
  DayProfile profile;
  for (int i = 0; i < 40; ++i) {
    profile.move_to(kHour, kDay);
    profile.learn(i % 2 == 0 ? 9.0 : 11.0);
  }
  profile.move_to(kHour, kDay);
  profile.learn(1e12);
  profile.move_to(kHour, kDay);
  CHECK(*profile.residual(10.0) < 1.0);
}

TEST_CASE("a profile follows a change that lasts") {
  DayProfile profile;
  std::uint64_t n = 0;
  const auto days = [&](int count, double level) {
    for (int i = 0; i < count * 6; ++i) {
      profile.move_to(kHour + (i % 6) * 300, i % 6 == 0 ? static_cast<double>(kDay) : 300.0);
      profile.learn(level + noise(n++));
    }
  };
  days(10, 10.0);
  days(21, 1000.0);
  profile.move_to(kHour, kDay);
  CHECK(*profile.residual(1000.0) < 50.0);
}

TEST_CASE("a profile turned to the site's clock says the same of the same moment") {
  DayProfile profile;
  for (int day = 0; day < 3; ++day) {
    for (int hour = 0; hour < 24; ++hour) {
      for (int i = 0; i < 6; ++i) {
        profile.move_to(hour * kHour + i * 300, 300.0);
        profile.learn(hour);
      }
    }
  }
  profile.turn(20 * kHour);
  profile.move_to((13 + 20 - 24) * kHour, 300.0);
  CHECK(*profile.residual(13.0) == Approx(0.0).margin(1e-6));
}
