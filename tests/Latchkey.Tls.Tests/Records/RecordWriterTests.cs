using System.IO.Pipelines;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Records;

namespace Latchkey.Tls.Tests.Records;

public sealed class RecordWriterTests
{
    private readonly SecretBytes _secret = SecretBytes.Random(32);

    [Fact]
    public async Task Keys_are_changed_before_they_are_worn_out()
    {
        var pipe = new Pipe();
        using var writer = new RecordWriter(pipe.Writer) { Version = TlsVersion.Tls13, Protection = Protection(sealLimit: 3) };
        for (byte i = 0; i < 7; i++)
        {
            writer.Staged.Write([i]);
            Assert.True(writer.TryTakeTurn());
            writer.SealStaged(ContentType.ApplicationData);
            await writer.FlushAsync(CancellationToken.None);
            writer.GiveTurnBack();
        }

        await pipe.Writer.CompleteAsync();
        using var reader = new RecordReader(new TlsLimits(), new PlaintextQueue()) { Version = TlsVersion.Tls13, Protection = Protection(ulong.MaxValue) };
        var buffer = (await pipe.Reader.ReadAsync()).Buffer;
        var steps = new List<string>();
        while (reader.TryRead(ref buffer, out var type, out var content))
        {
            steps.Add(type == ContentType.Handshake ? "update" : $"{content[0]}");
            if (type == ContentType.Handshake)
                reader.Protection = ((Tls13RecordProtection)reader.Protection!).NextGeneration();
        }

        Assert.Equal(["0", "1", "2", "update", "3", "4", "5", "update", "6"], steps);
    }

    [Fact]
    public async Task Nothing_follows_an_alert()
    {
        var pipe = new Pipe();
        using var writer = new RecordWriter(pipe.Writer);
        await writer.SendAlertAsync(AlertDescription.DecodeError, CancellationToken.None);
        await writer.SendAlertAsync(AlertDescription.CloseNotify, CancellationToken.None);
        writer.Staged.Write([1, 2, 3]);
        writer.SealStaged(ContentType.ApplicationData);
        await pipe.Writer.CompleteAsync();
        Assert.Equal("15030300020232", Convert.ToHexString(System.Buffers.BuffersExtensions.ToArray((await pipe.Reader.ReadAsync()).Buffer)));
    }

    [Fact]
    public void Keys_are_freed_by_whoever_is_writing_when_the_connection_is_disposed()
    {
        var writer = new RecordWriter(new Pipe().Writer) { Protection = Protection(ulong.MaxValue) };
        Assert.True(writer.TryTakeTurn());
        writer.Dispose();
        writer.Staged.Write([1]);
        writer.SealStaged(ContentType.ApplicationData);
        writer.GiveTurnBack();
        Assert.True(writer.TryTakeTurn());
        writer.Staged.Write([1]);
        writer.SealStaged(ContentType.ApplicationData);
        Assert.Equal(0, writer.Staged.Length);
    }

    private Tls13RecordProtection Protection(ulong sealLimit) => new(CryptoProvider.Default, CipherSuite.TLS_AES_128_GCM_SHA256, _secret) { SealLimit = sealLimit };
}
