using System.Diagnostics;
using System.Net.Sockets;

namespace Latchkey.KeyStores.Tpm;

/// <summary>
/// A TPM, which does one thing at a time: commands wait for each other here. Without a resource manager it has room for about three objects; where none is left (0x902), keys that were loaded here
/// make room, the one that was used longest ago first, and what others hold is waited for. A TPM that was reset or has lost its connection is opened again.
/// </summary>
internal sealed class TpmDevice(string path) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    // In the order of their last use.
    private readonly List<TpmObject> _loaded = [];
    private TpmTransport? _transport;
    private bool _disposed;

    /// <summary>As in <c>tpm /dev/tpmrm0</c>.</summary>
    public string Name { get; } = $"tpm {path}";

    /// <summary>Sends a command about a key, whose handle is found or made.</summary>
    /// <exception cref="KeyStoreException">The TPM says no, or is out of reach.</exception>
    public T Send<T>(TpmObject target, Func<uint, TpmCommand> command, Func<TpmAnswer, T> read)
    {
        var began = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var reopened = false;
            while (true)
            {
                try
                {
                    using var built = command(HandleOf(target));
                    using var answer = Transport.Send(built);
                    return read(answer);
                }
                catch (TpmException e) when (e.IsOutOfSlots && _loaded.Exists(loaded => loaded != target))
                {
                    MakeRoom(except: target);
                }
                catch (TpmException e) when ((e.IsOutOfSlots || e.IsPassing) && Stopwatch.GetElapsedTime(began) < Patience)
                {
                    Thread.Sleep(20);
                }
                catch (TpmException e) when (e.IsHandleGone && !reopened && target.Handle != 0)
                {
                    reopened = true;
                    _loaded.Remove(target);
                    target.Handle = 0;
                }
                catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
                {
                    Disconnect();
                    if (reopened)
                        throw new KeyStoreException($"{Name}: out of reach: {e.Message.TrimEnd('.')}", e);
                    reopened = true;
                }
                catch (Exception e) when (e is TpmException or InvalidDataException)
                {
                    throw new KeyStoreException($"{target.Name}: {e.Message}", e);
                }
            }
        }
    }

    /// <summary>Makes room where the object has been loaded.</summary>
    public void Forget(TpmObject target)
    {
        lock (_lock)
        {
            if (!_disposed && target.Handle != 0 && _loaded.Remove(target))
                TryFlush(target);
        }
    }

    /// <summary>Unloads what was loaded here.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var target in _loaded)
                TryFlush(target);
            _loaded.Clear();
            Disconnect();
            _disposed = true;
        }
    }

    private TpmTransport Transport => _transport ??= TpmTransport.Open(path);

    private uint HandleOf(TpmObject target)
    {
        if (target.File is not { } file)
            return target.PersistentHandle;
        _loaded.Remove(target);
        if (target.Handle == 0)
        {
            using var load = new TpmCommand(TpmCommandCode.Load).UInt32(file.Parent).Authorized([]).Raw(file.Private).Raw(file.Public);
            using var answer = Transport.Send(load);
            target.Handle = answer.Handle;
        }
        _loaded.Add(target);
        return target.Handle;
    }

    private void MakeRoom(TpmObject except)
    {
        var oldest = _loaded.Find(loaded => loaded != except)!;
        _loaded.Remove(oldest);
        TryFlush(oldest);
    }

    // What is gone already need not be flushed.
    private void TryFlush(TpmObject target)
    {
        try
        {
            using var flush = new TpmCommand(TpmCommandCode.FlushContext).UInt32(target.Handle);
            _transport?.Send(flush).Dispose();
        }
        catch (Exception e) when (e is TpmException or IOException or SocketException)
        {
        }
        target.Handle = 0;
    }

    private void Disconnect()
    {
        _transport?.Dispose();
        _transport = null;
        // A resource manager unloads what a connection has loaded.
        foreach (var target in _loaded)
            target.Handle = 0;
        _loaded.Clear();
    }
}

/// <summary>A key in or for a TPM. Its handle is touched under the device's lock only.</summary>
/// <param name="name">For messages.</param>
/// <param name="persistentHandle">Where there is no file.</param>
/// <param name="file">To be loaded; null for a persistent key.</param>
internal sealed class TpmObject(string name, uint persistentHandle, TpmKeyFile? file)
{
    public string Name { get; } = name;

    public uint PersistentHandle { get; } = persistentHandle;

    public TpmKeyFile? File { get; } = file;

    /// <summary>Of the loaded object; 0: not loaded.</summary>
    public uint Handle { get; set; }
}
