// The gateway that one would write in a week, and the ceiling of end-to-end: a thread of libmodbus for each connection,
// a bounded queue, SQLite (WAL, FULL) with a row a reading and a commit for all that wait, Paho with 80 readings a
// message, rows removed when their message is acknowledged. No rules, no quality, no catalogue.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace wayside::bench {

class PlainPipeline {
 public:
  PlainPipeline(std::uint16_t slave, std::uint16_t broker, int connections, int registers, const std::string& database);
  ~PlainPipeline();
  PlainPipeline(const PlainPipeline&) = delete;
  PlainPipeline& operator=(const PlainPipeline&) = delete;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace wayside::bench
