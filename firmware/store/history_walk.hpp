// Walks through the telemetry of a stream, whether it waits or is history, and finds its way to the wanted spans of
// boots without reading what lies between. One thread, that of its Database.
//
// Rows of one boot stand together, and within a boot offsets ascend with positions; so the way is a search that doubles
// its steps and then halves them, over the index of streams. Where a salvage has put rows of a boot behind those of
// another, a search may pass over them.
#pragma once

#include <functional>
#include <optional>

#include "ports/history.hpp"
#include "ports/row_sealer.hpp"
#include "store/database.hpp"

namespace wayside::store {

class HistoryWalk {
 public:
  // `db` must outlive it.
  [[nodiscard]] static base::Result<HistoryWalk> prepare(Database& db);

  // Rows below `before`. `sealer` may be null. Errors: of the database; corrupt: the key of a row does not hold.
  [[nodiscard]] base::Result<ports::HistoryStop> run(const ports::HistoryRange& range, ports::StorePosition before,
                                                     const ports::RowSealer* sealer, ports::History::Visit& visit);

 private:
  // What is known of a row without its body.
  struct Head {
    ports::StorePosition position = 0;
    base::BootId boot{};
    base::BootTime first{};
    base::BootTime last{};
  };
  using Found = base::Result<std::optional<Head>>;
  HistoryWalk(Statement head, Statement row) : head_(std::move(head)), row_(std::move(row)) {}

  [[nodiscard]] Found at_or_behind(ports::StorePosition position);
  [[nodiscard]] Found of_stream(std::int64_t stream, ports::StorePosition position);
  // The first row behind `from` for which `is_there` holds; it does not hold for `from`, and from then on always.
  [[nodiscard]] Found first_where(const Head& from, const std::function<bool(const Head&)>& is_there);
  [[nodiscard]] base::Result<bool> show(const Head& head, const ports::RowSealer* sealer, ports::History::Visit& visit,
                                        ports::HistoryStop& stop);

  Statement head_;
  Statement row_;
  std::int64_t stream_ = 0;
  std::int64_t before_ = 0;
  std::size_t looks_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace wayside::store
