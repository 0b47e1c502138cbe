namespace Latchkey.Tls.Tls12;

/// <summary>What a ServerKeyExchange signature covers, RFC 5246 §7.4.3 and RFC 8422 §5.4. Public because a key server builds it (X4).</summary>
public static class ServerKeyExchangeContent
{
    private const int RandomSize = 32;

    /// <summary>client_random ‖ server_random ‖ parameters; the caller owns the array.</summary>
    /// <param name="clientRandom">32 bytes.</param>
    /// <param name="serverRandom">32 bytes.</param>
    /// <param name="parameters">ServerECDHParams or ServerDHParams.</param>
    /// <exception cref="ArgumentOutOfRangeException">A random is not 32 bytes long: the parts could then be read in another way.</exception>
    public static byte[] Build(ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverRandom, ReadOnlySpan<byte> parameters)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(clientRandom.Length, RandomSize, nameof(clientRandom));
        ArgumentOutOfRangeException.ThrowIfNotEqual(serverRandom.Length, RandomSize, nameof(serverRandom));
        return [.. clientRandom, .. serverRandom, .. parameters];
    }
}
