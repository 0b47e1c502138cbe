using System.Buffers.Binary;
using Latchkey.Crypto;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>What a scripted client puts into pre_shared_key, and what goes with it.</summary>
internal sealed record ScriptedPreSharedKeys(params ScriptedKey[] Keys)
{
    /// <summary>psk_key_exchange_modes; null: the extension is left out.</summary>
    public byte[]? Modes { get; init; } = [1];

    /// <summary>Whether early_data is announced.</summary>
    public bool EarlyData { get; init; }

    /// <summary>Binders are made over the second hello alone.</summary>
    public bool BindersIgnoreEarlierMessages { get; init; }

    /// <summary>The hello with its last extensions, the binders over it and the messages before it.</summary>
    public HandshakeMessage Complete(ClientHelloScript hello, IReadOnlyList<HandshakeMessage> before)
    {
        var identities = Keys.SelectMany(key => (byte[])[.. Number16(key.Identity.Length), .. key.Identity, .. Number32(unchecked(key.Age + key.AgeAdd))]).ToArray();
        var bindersSize = Keys.Sum(key => 1 + key.Suite.Digest().SizeInBytes());
        var body = (byte[])[.. Number16(identities.Length), .. identities, .. Number16(bindersSize), .. new byte[bindersSize]];
        // RFC 8446 §4.2.10: not after a HelloRetryRequest.
        var earlyData = EarlyData && before.Count == 0;
        var encoded = (hello with
        {
            MoreExtensions =
            [
                .. hello.MoreExtensions,
                .. Modes is null ? [] : new (ushort, byte[])[] { ((ushort)ExtensionType.PskKeyExchangeModes, [(byte)Modes.Length, .. Modes]) },
                .. earlyData ? new (ushort, byte[])[] { ((ushort)ExtensionType.EarlyData, []) } : [],
                ((ushort)ExtensionType.PreSharedKey, body),
            ],
        }).Encode().Encoded.ToArray();
        var position = encoded.Length - bindersSize;
        var truncated = encoded.AsSpan(0, position - 2).ToArray();
        foreach (var key in Keys)
        {
            using var transcript = new Transcript(CryptoProvider.Default, key.Suite.Digest());
            foreach (var message in BindersIgnoreEarlierMessages ? [] : before)
                transcript.Append(message);
            transcript.Append(truncated);
            var binder = key.Binder(transcript.CurrentHash());
            encoded[position] = (byte)binder.Length;
            binder.CopyTo(encoded, position + 1);
            position += 1 + binder.Length;
        }

        return new HandshakeMessage(encoded);
    }

    /// <summary>client_early_traffic_secret of the first key, where early data is announced.</summary>
    public SecretBytes? EarlyTraffic(byte[] helloHash)
    {
        if (!EarlyData)
            return null;
        using var early = Keys[0].Begin();
        return early.ClientTraffic(helloHash);
    }

    private static byte[] Number16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }

    private static byte[] Number32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
