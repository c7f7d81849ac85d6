// RowSealer: what makes a finished row unreadable at rest, and readable again just before it is published (contracts:
// chunk and payload). The store knows when and where, the sealer how. Called on the store's Scheduler and its reader's.
#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "ports/outbox.hpp"

namespace wayside::ports {

class RowSealer {
 public:
  virtual ~RowSealer() = default;
  // Whether rows of this stream are to be sealed.
  [[nodiscard]] virtual bool seals(model::Stream stream) const = 0;
  // Bound to where the row stands: what was sealed for one key and boot does not open for others. On the writer's.
  [[nodiscard]] virtual base::Result<base::Bytes> seal(const ChunkKey& key, const base::BootId& boot,
                                                       base::ByteView plain) = 0;
  // Any thread. Errors: corrupt (changed, or of another place), denied (its key is not there): it is lost;
  // internal: not now.
  [[nodiscard]] virtual base::Result<base::Bytes> open(const ChunkKey& key, const base::BootId& boot,
                                                       base::ByteView sealed) const = 0;
};

}  // namespace wayside::ports
