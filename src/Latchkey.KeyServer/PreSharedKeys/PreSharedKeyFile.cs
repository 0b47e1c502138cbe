using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;
using Latchkey.KeyServer.Keys;

namespace Latchkey.KeyServer.PreSharedKeys;

/// <summary>
/// Reads a file of pre-shared keys: a line <c>identity:hexkey</c> for each, the format of GnuTLS' <c>psktool</c>. Empty lines and those that begin with <c>#</c> are skipped.
/// The identity is everything before the last colon, as UTF-8.
/// </summary>
internal static class PreSharedKeyFile
{
    /// <summary>Bytes of the shortest key: whoever has recorded a handshake can try out a weak one (RFC 8446 §4.2.11, RFC 9257 §4).</summary>
    public const int MinKeySize = 16;

    /// <summary>Bytes of the longest key: longer ones add nothing (HMAC would hash them).</summary>
    public const int MaxKeySize = 128;

    private const long LargestFile = 16 * 1024 * 1024;

    /// <summary>Reads all keys of a source into <paramref name="keys"/>, which owns them from then on, also where reading ends with an error.</summary>
    /// <exception cref="KeyFilesException">Unreadable, too large, or a line that is no key; the message has its number and never the key.</exception>
    public static void Read(PreSharedKeySource source, Dictionary<byte[], StoredPreSharedKey> keys)
    {
        var bytes = ReadBytes(source.Path);
        try
        {
            ReadOnlySpan<byte> rest = bytes;
            for (var number = 1; !rest.IsEmpty; number++)
            {
                var end = rest.IndexOf((byte)'\n');
                ReadLine((end < 0 ? rest : rest[..end]).Trim(" \t\r"u8), number, source, keys);
                rest = end < 0 ? default : rest[(end + 1)..];
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static void ReadLine(ReadOnlySpan<byte> line, int number, PreSharedKeySource source, Dictionary<byte[], StoredPreSharedKey> keys)
    {
        if (line.IsEmpty || line[0] == '#')
            return;
        var colon = line.LastIndexOf((byte)':');
        if (colon <= 0)
            throw Bad("no colon (expected \"identity:hexkey\")");
        var identity = line[..colon].ToArray();
        if (identity.Length > ushort.MaxValue)
            throw Bad($"an identity of {identity.Length} bytes (expected at most {ushort.MaxValue})");
        var hex = line[(colon + 1)..];
        if (hex.Length % 2 != 0)
            throw Bad($"{hex.Length} hexadecimal digits, an odd number (expected two for each byte)");
        if (hex.Length / 2 is < MinKeySize or > MaxKeySize)
            throw Bad($"a key of {hex.Length / 2} bytes (expected {MinKeySize} to {MaxKeySize})");
        if (keys.TryGetValue(identity, out var first))
            throw Bad($"identity \"{Encoding.UTF8.GetString(identity)}\" stands in {first.Source.Path} line {first.Line} already (expected each once)");
        var secret = new SecretBytes(hex.Length / 2);
        if (!TryDecode(hex, secret.Span))
        {
            secret.Dispose();
            throw Bad("a character that is not hexadecimal in the key");
        }

        keys.Add(identity, new StoredPreSharedKey(secret, source, number));

        KeyFilesException Bad(string problem) => new(source.Path, string.Create(CultureInfo.InvariantCulture, $"line {number}: {problem}"));
    }

    // Convert.FromHexString takes bytes only as characters: a string of the key could not be zeroed.
    private static bool TryDecode(ReadOnlySpan<byte> hex, Span<byte> key)
    {
        for (var i = 0; i < key.Length; i++)
        {
            var (high, low) = (Digit(hex[2 * i]), Digit(hex[2 * i + 1]));
            if (high < 0 || low < 0)
                return false;
            key[i] = (byte)(high << 4 | low);
        }

        return true;
    }

    private static int Digit(byte character) => char.IsAsciiHexDigit((char)character)
        ? character <= '9' ? character - '0' : (character | 0x20) - 'a' + 10
        : -1;

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path);
            var length = RandomAccess.GetLength(handle);
            if (length > LargestFile)
                throw new KeyFilesException(path, $"{length} bytes are too many (expected at most {LargestFile})");
            var bytes = GC.AllocateUninitializedArray<byte>((int)length, pinned: true);
            return RandomAccess.Read(handle, bytes, 0) == length ? bytes : throw new KeyFilesException(path, "it changed while it was read");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyFilesException(path, $"cannot be read: {e.Message}", e);
        }
    }
}

/// <summary>A key, and where it came from.</summary>
/// <param name="Secret">16 to 128 bytes.</param>
/// <param name="Source">The configuration's entry.</param>
/// <param name="Line">Number of its line.</param>
internal sealed record StoredPreSharedKey(SecretBytes Secret, PreSharedKeySource Source, int Line) : IDisposable
{
    public void Dispose() => Secret.Dispose();
}
