namespace Latchkey.Client.Custodies;

/// <summary>Handshake messages one behind the other, each with its header, as every question to a key server carries them.</summary>
internal static class JoinedMessages
{
    /// <summary>The caller owns the array.</summary>
    public static byte[] Of(IReadOnlyList<ReadOnlyMemory<byte>> messages)
    {
        var joined = new byte[messages.Sum(message => message.Length)];
        var at = 0;
        foreach (var message in messages)
        {
            message.Span.CopyTo(joined.AsSpan(at));
            at += message.Length;
        }
        return joined;
    }
}
