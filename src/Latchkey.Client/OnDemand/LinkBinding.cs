using System.Net.Security;
using System.Runtime.InteropServices;
using System.Security.Authentication.ExtendedProtection;
using System.Security.Cryptography;

namespace Latchkey.Client.OnDemand;

/// <summary>
/// What one connection between an edge and a key server is and no other: the certificates of both, in that order, and the first Finished of its handshake (RFC 5929 §3).
/// A grant sealed to it opens nowhere else, so that nobody who is an edge to one and a key server to the other can pass grants on (attack 23).
/// </summary>
/// <remarks>In TLS 1.3 that Finished too is a MAC over the whole handshake, both certificates in it, and no session of the link is ever resumed.</remarks>
internal static class LinkBinding
{
    public const int Size = SHA256.HashSizeInBytes;

    /// <summary>Of a connection whose handshake is done; the same at both ends.</summary>
    /// <param name="keyServer">SHA-256 of the key server's certificate.</param>
    /// <param name="edge">SHA-256 of the edge's.</param>
    /// <returns>32 bytes; none where the platform does not tell.</returns>
    public static ReadOnlyMemory<byte> Of(SslStream stream, ReadOnlySpan<byte> keyServer, ReadOnlySpan<byte> edge)
    {
        using var unique = stream.TransportContext.GetChannelBinding(ChannelBindingKind.Unique);
        if (unique is null || unique.Size == 0)
            return default;
        var connection = new byte[unique.Size];
        Marshal.Copy(unique.DangerousGetHandle(), connection, 0, connection.Length);
        return Of(connection, keyServer, edge);
    }

    /// <summary>Of the first Finished of a connection between these two.</summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlySpan<byte> connection, ReadOnlySpan<byte> keyServer, ReadOnlySpan<byte> edge)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("latchkey link: key server, edge, connection"u8);
        hash.AppendData(keyServer);
        hash.AppendData(edge);
        hash.AppendData(connection);
        return hash.GetHashAndReset();
    }
}
