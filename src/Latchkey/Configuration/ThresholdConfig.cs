using Latchkey.Splitting.Threshold;

namespace Latchkey.Configuration;

/// <summary>An RSA key that nobody has: shares of it are at several key servers (X5).</summary>
/// <param name="Key">What is public about it.</param>
/// <param name="KeyServers">Names in <see cref="EdgeConfig.KeyServers"/>, at least as many as are needed.</param>
internal sealed record ThresholdConfig(ThresholdKey Key, IReadOnlyList<string> KeyServers);
