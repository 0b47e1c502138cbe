using Latchkey.Tls.Alerts;
using Latchkey.Wire;

namespace Latchkey.Client;

/// <summary>
/// Whether a question fits into one message of the link, 65,535 bytes. A client may fill its hello up to a site's limit (64 KiB), and a chain of certificates too: what a
/// custody then cannot ask is a handshake that it cannot have, and neither a fault of the key server nor of ours.
/// </summary>
internal static class QuestionSize
{
    /// <summary>Bytes that a question takes beside the messages of the handshake, at most: items, names, sealed state, the client's value, the session (8 KiB).</summary>
    private const int RoomForRest = 12 * 1024;

    /// <summary>Bytes of handshake messages that fit.</summary>
    public const int MaxMessages = ushort.MaxValue - RoomForRest;

    /// <summary>What an ordinary client may send and be served: a hello with several shares and tickets.</summary>
    private const int Ordinary = 16 * 1024;

    /// <summary>Ends a handshake that is too long to be asked about.</summary>
    /// <param name="size">Bytes of all its messages.</param>
    /// <param name="ours">Those of them that the site's configuration decides on, as its certificate chain: what leaves ordinary clients no room is what the operator must hear of.</param>
    /// <exception cref="PeerIncompatibleException">handshake_failure: the client's part is too long.</exception>
    /// <exception cref="KeyHolderFailedException">The site's own is.</exception>
    public static void Require(int size, int ours)
    {
        if (size <= MaxMessages)
            return;
        throw ours > MaxMessages - Ordinary
            ? new KeyHolderFailedException($"The site's certificate chain and authorities have {ours} bytes and leave clients too little room in the {MaxMessages} bytes of a handshake that a key server is sent.")
            : new PeerIncompatibleException(AlertDescription.HandshakeFailure, $"The messages of this handshake have {size} bytes, and a key server is sent {MaxMessages} at most.");
    }
}
