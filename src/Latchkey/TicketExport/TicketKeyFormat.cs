using System.Buffers.Text;
using Latchkey.Client.Tickets;
using Latchkey.Crypto;
using Latchkey.Tickets;

namespace Latchkey.TicketExport;

/// <summary>A kind of server: which keys it takes, in what order.</summary>
internal abstract class TicketKeyFormat
{
    /// <summary>Characters of a key in Base64, without the end of its line.</summary>
    public const int TextSize = (ExportedTicketKeys.Size + 2) / 3 * 4;

    /// <summary>Those there are.</summary>
    public static IReadOnlyList<TicketKeyFormat> All { get; } = [new NginxTicketKeys(), new HAProxyTicketKeys()];

    /// <summary>As in <c>--format</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The keys for now.</summary>
    /// <param name="fleet">The site's, as its key servers gave them.</param>
    /// <param name="unshared">Random ones of this process: what seals where the fleet has no fresh key, so that no server goes on with an outlived one.</param>
    public abstract TicketKeySet Select(IReadOnlyList<TicketKey> fleet, SharedTicketKeyRing unshared, DateTimeOffset now);

    /// <summary>A key as the server takes it, 80 bytes; the caller disposes it.</summary>
    public SecretBytes Encode(TicketKey key) => ExportedTicketKeys.Derive(CryptoProvider.Default, key, Name);

    /// <summary>A key in Base64, <see cref="TextSize"/> bytes. (No string: that could not be zeroed.)</summary>
    public void EncodeText(TicketKey key, Span<byte> destination)
    {
        using var encoded = Encode(key);
        Base64.EncodeToUtf8(encoded.Span, destination, out _, out _);
    }

    /// <summary>All keys, a line of Base64 each; the caller disposes it.</summary>
    public SecretBytes EncodeLines(TicketKeySet set)
    {
        var lines = new SecretBytes(set.Keys.Count * (TextSize + 1));
        foreach (var (index, key) in set.Keys.Index())
        {
            var line = lines.Span.Slice(index * (TextSize + 1), TextSize + 1);
            EncodeText(key, line);
            line[TextSize] = (byte)'\n';
        }
        return lines;
    }
}
